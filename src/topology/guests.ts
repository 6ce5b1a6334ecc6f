import type { Process } from '../model/process';
import { type GuestKind, guestKindOf, programOf } from './claims';
import { baseName } from './command-line';
import type { RunningContainer } from './running-containers';
import type { Evidence } from './topology';

/** What a container's own processes run in, where that is no process of this kernel, and how it is known. */
export interface Guest {
    readonly kind: GuestKind;
    readonly evidence: readonly Evidence[];
}

/** By the shim, which its runtime brings along, or its conmon's runtime; gVisor under runc's shim by its first process. */
export function guestOf({ shim }: RunningContainer, first: Process | undefined): Guest | undefined {
    const byShim = shim && guestKindOf(programOf(shim.process));
    // A shim for WebAssembly starts ordinary programs too, a pod's pause for one; a module runs in a fork of the shim.
    if (byShim === 'WebAssembly' && first && guestKindOf(programOf(first)) !== byShim) return undefined;
    if (byShim) return guest(byShim, `the shim is ${baseName(programOf(shim.process))}`);
    const runtime = shim?.shim.version === 'conmon' ? shim.shim.runtime : undefined;
    const byRuntime = runtime === undefined ? undefined : guestKindOf(runtime);
    if (byRuntime) return guest(byRuntime, `conmon's runtime is ${String(runtime)}`);
    const name = first ? programOf(first) : '';
    return guestKindOf(name) === 'gVisor' ? guest('gVisor', `the first process is ${name}`) : undefined;
}

function guest(kind: GuestKind, detail: string): Guest {
    return { kind, evidence: [{ source: 'argv', detail }] };
}
