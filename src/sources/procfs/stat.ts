import { decodeBytes } from './byte-text';

/** What we take from /proc/PID/stat, proc_pid_stat(5). */
export interface Stat {
    readonly pid: number;
    readonly comm: string;
    readonly state: string;
    readonly ppid: number;
    readonly session: number;
    readonly kernelThread: boolean;
    readonly threads: number;
    /** Clock ticks since boot. */
    readonly startTicks: number;
    /** In pages; see AT_PAGESZ in auxv.ts. */
    readonly residentPages: number;
}

/**
 * The line is `pid (comm) state ppid …`, and comm may hold anything but NUL: parentheses, blanks and newlines too. No
 * later field holds a parenthesis, so comm ends at the last one.
 *
 * By bytes: cutting a string at its blanks took 6 times as long. The previous object when it says the same: a process
 * that sleeps says the same for days.
 */
export function parseStat(bytes: Buffer, length: number, previous?: Stat): Stat | undefined {
    const opening = bytes.indexOf(openingParenthesis);
    const closing = length > 0 ? bytes.lastIndexOf(closingParenthesis, length - 1) : -1;
    if (opening < 2 || closing < opening || bytes[opening - 1] !== blank) {
        return undefined;
    }
    const pid = digitsBetween(bytes, 0, opening - 1);
    const stateCode = bytes[closing + 2];
    if (pid === undefined || bytes[closing + 1] !== blank || closing + 2 >= length || !isLetter(stateCode)) {
        return undefined;
    }
    if (!readNumbers(bytes, closing + 3, length)) {
        return undefined;
    }
    const isSame =
        previous?.pid === pid &&
        previous.startTicks === numbers[22] &&
        previous.state.charCodeAt(0) === stateCode &&
        previous.residentPages === numbers[24] &&
        previous.threads === numbers[20] &&
        previous.ppid === numbers[4] &&
        previous.session === numbers[6] &&
        isAsciiAt(bytes, opening + 1, closing, previous.comm);
    return isSame
        ? previous
        : {
              pid,
              comm: decodeBytes(bytes, opening + 1, closing),
              state: String.fromCharCode(stateCode),
              ppid: numbers[4] ?? 0,
              session: numbers[6] ?? 0,
              kernelThread: ((numbers[9] ?? 0) & kernelThreadFlag) !== 0,
              threads: numbers[20] ?? 0,
              startTicks: numbers[22] ?? 0,
              residentPages: numbers[24] ?? 0,
          };
}

const openingParenthesis = 0x28;
const closingParenthesis = 0x29;
const blank = 0x20;
const minus = 0x2d;
const zero = 0x30;
/** PF_KTHREAD of the kernel's include/linux/sched.h. */
const kernelThreadFlag = 0x00200000;

function isLetter(code: number | undefined): code is number {
    return code !== undefined && ((code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a));
}

function digitsBetween(bytes: Buffer, start: number, end: number): number | undefined {
    let value = 0;
    for (let position = start; position < end; position++) {
        const digit = (bytes[position] ?? 0) - zero;
        if (digit < 0 || digit > 9) {
            return undefined;
        }
        value = value * 10 + digit;
    }
    return end > start ? value : undefined;
}

function isAsciiAt(bytes: Buffer, start: number, end: number, text: string): boolean {
    if (end - start !== text.length) {
        return false;
    }
    for (let at = 0; at < text.length; at++) {
        const code = bytes[start + at] ?? 0;
        if (code > 0x7f || code !== text.charCodeAt(at)) {
            return false;
        }
    }
    return true;
}

/** Fields 4 (ppid) to 24 (rss) of the line that was read last, by their numbers in proc_pid_stat(5). */
const numbers = new Float64Array(25);

/** Each is after one blank. What should not be negative is in a process that just ends: it has no session, it is -1. */
function readNumbers(bytes: Buffer, start: number, length: number): boolean {
    let position = start;
    for (let field = 4; field < numbers.length; field++) {
        if (bytes[position] !== blank) {
            return false;
        }
        position++;
        const isNegative = bytes[position] === minus;
        if (isNegative) {
            position++;
        }
        const firstDigit = position;
        let value = 0;
        for (; position < length; position++) {
            const digit = (bytes[position] ?? 0) - zero;
            if (digit < 0 || digit > 9) {
                break;
            }
            value = value * 10 + digit;
        }
        if (position === firstDigit) {
            return false;
        }
        numbers[field] = isNegative ? 0 : value;
    }
    return true;
}
