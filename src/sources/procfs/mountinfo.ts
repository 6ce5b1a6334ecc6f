/**
 * The value of the option hidepid with which the proc file system at `mountPoint` is mounted, from
 * /proc/self/mountinfo, proc_pid_mountinfo(5) and proc(5); undefined where it hides nothing or is not listed.
 */
export function parseHidepid(bytes: Buffer, length: number, mountPoint: string): string | undefined {
    let hidepid: string | undefined;
    for (const line of mountsAt(bytes, length, mountPoint)) {
        const superOptions = / - proc \S+ (\S+)$/.exec(line)?.[1];
        const value = superOptions && /(?:^|,)hidepid=(\w+)/.exec(superOptions)?.[1];
        // The last mount at one place covers those before it.
        hidepid = value && value !== '0' && value !== 'off' ? value : undefined;
    }
    return hidepid;
}

/** Whether something else (LXCFS does so) is mounted over this file, and answers in the kernel's place. */
export function isMountedOver(bytes: Buffer, length: number, path: string): boolean {
    return mountsAt(bytes, length, path).length > 0;
}

/** `id parent device root mountpoint options optional… - type source superoptions`, blanks in paths written as \040. */
function mountsAt(bytes: Buffer, length: number, mountPoint: string): readonly string[] {
    const wanted = mountPoint.replace(/[\\ \t\n]/g, (character) => {
        return `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`;
    });
    const lines = bytes.toString('utf8', 0, length).split('\n');
    return lines.filter((line) => line.split(' ', 5)[4] === wanted);
}
