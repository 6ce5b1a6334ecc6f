import { endianness } from 'node:os';

/** What we take from the auxiliary vector, getauxval(3), of /proc/self/auxv. */
export interface AuxiliaryVector {
    /** AT_CLKTCK: the unit of start times. */
    readonly ticksPerSecond?: number;
    /** AT_PAGESZ: the unit of resident memory, in bytes. */
    readonly pageBytes?: number;
}

/** The vector is pairs of machine words (type, value), in this machine's byte order, up to the type 0. */
export function parseAuxiliaryVector(bytes: Buffer, length: number, wordBytes: 4 | 8): AuxiliaryVector {
    const values = new Map<number, number>();
    for (let position = 0; position + 2 * wordBytes <= length; position += 2 * wordBytes) {
        const type = wordAt(bytes, position, wordBytes);
        if (type === 0) {
            break;
        }
        values.set(type, wordAt(bytes, position + wordBytes, wordBytes));
    }
    const ticksPerSecond = values.get(17);
    const pageBytes = values.get(6);
    return {
        ...(ticksPerSecond && { ticksPerSecond }),
        ...(pageBytes && { pageBytes }),
    };
}

function wordAt(bytes: Buffer, position: number, wordBytes: 4 | 8): number {
    const little = endianness() === 'LE';
    if (wordBytes === 4) {
        return little ? bytes.readUInt32LE(position) : bytes.readUInt32BE(position);
    }
    return Number(little ? bytes.readBigUInt64LE(position) : bytes.readBigUInt64BE(position));
}
