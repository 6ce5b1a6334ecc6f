import files from 'node:fs/promises';

export interface HangingAccess {
    /** How often a file was asked for. */
    readonly looks: () => number;
    /** All that were asked answer now, as files that are there. */
    readonly answer: () => Promise<void>;
    /** Files answer by themselves again. */
    readonly restore: () => void;
}

/** From now on, no file tells whether it may be used: it does not answer at all. */
export function hangAccess(): HangingAccess {
    const { access } = files;
    let looks = 0;
    let answer = (): void => undefined;
    const hanging = new Promise<void>((resolve) => (answer = resolve));
    files.access = () => {
        looks++;
        return hanging;
    };
    return {
        looks: () => looks,
        answer: () => {
            answer();
            return hanging;
        },
        restore: () => {
            files.access = access;
        },
    };
}
