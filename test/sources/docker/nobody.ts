import { chmodSync, chownSync } from 'node:fs';
import { join } from 'node:path';

/** As root, nothing is forbidden: then this process is somebody else for the moment of the test. */
export function becomeNobody(path: string): { readonly hasOtherGroup: boolean; restore(): void } {
    const { geteuid, seteuid, getegid, setegid } = process;
    if (geteuid?.() !== 0 || !seteuid || !setegid || !getegid) {
        return { hasOtherGroup: false, restore: () => undefined };
    }
    chownSync(path, 0, 54_321);
    chmodSync(join(path, '..'), 0o711);
    const group = getegid();
    setegid(65_534);
    seteuid(65_534);
    return {
        hasOtherGroup: true,
        restore: () => {
            seteuid(0);
            setegid(group);
        },
    };
}
