import type { GuestKind } from '../topology/claims';

/** A word or two behind the container's name. */
export const guestWords: Readonly<Record<GuestKind, string>> = {
    'virtual machine': 'in a virtual machine',
    gVisor: 'in gVisor',
    WebAssembly: 'WebAssembly',
};

/** Why the application's own processes are not in the tree. */
export const guestSentences: Readonly<Record<GuestKind, string>> = {
    'virtual machine':
        "in a virtual machine: they are the guest kernel's, and /proc here shows only the machine and its helpers",
    gVisor: "in gVisor's sandbox: its own kernel runs them, and /proc here shows only the sandbox and its helpers",
    WebAssembly: 'none: the module runs as a part of the process that the shim has started',
};
