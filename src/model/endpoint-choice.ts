/** A daemon that a person can choose, found without connecting to anything. */
export interface EndpointChoice {
    /** As the setting has it: an address, or `context://NAME`. */
    readonly setting: string;
    /** Where it leads, as the engine that answers there is called. */
    readonly endpoint: string;
    /** Reads on from "found by"; may hold what strangers wrote. */
    readonly foundBy: string;
    /** Told by the socket's file, where there is one; whether its daemon answers, only asking tells. */
    readonly isPermitted?: boolean;
}
