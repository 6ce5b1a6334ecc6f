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
 * By bytes: cutting a string at its blanks took 6 times as long.
 */
export function parseStat(bytes: Buffer, length: number): Stat | undefined {
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
    const fields = numbersFrom(bytes, closing + 3, length);
    return (
        fields && {
            pid,
            comm: bytes.toString('utf8', opening + 1, closing),
            state: String.fromCharCode(stateCode),
            ppid: fields.ppid,
            session: fields.session,
            kernelThread: (fields.flags & kernelThreadFlag) !== 0,
            threads: fields.threads,
            startTicks: fields.startTicks,
            residentPages: fields.residentPages,
        }
    );
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

/** Reads fields 4 (ppid) to 24 (rss), each after one blank; the numbers are those of proc_pid_stat(5). */
function numbersFrom(bytes: Buffer, start: number, length: number) {
    const fields = { ppid: 0, session: 0, flags: 0, threads: 0, startTicks: 0, residentPages: 0 };
    let position = start;
    for (let field = 4; field <= 24; field++) {
        if (bytes[position] !== blank) {
            return undefined;
        }
        position++;
        const negative = bytes[position] === minus;
        if (negative) {
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
            return undefined;
        }
        switch (field) {
            case 4:
                fields.ppid = value;
                break;
            case 6:
                fields.session = value;
                break;
            case 9:
                fields.flags = value;
                break;
            case 20:
                fields.threads = value;
                break;
            case 22:
                fields.startTicks = value;
                break;
            case 24:
                fields.residentPages = negative ? 0 : value;
                break;
        }
    }
    return fields;
}
