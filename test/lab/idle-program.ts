/**
 * A Linux program, as the bytes of its file, that waits for ever and never looks at its arguments: under any name and
 * with any arguments it is whatever it pretends to be in a process listing. No program of a plain Debian takes
 * arbitrary arguments without complaint, and no compiler can be counted on.
 */
export function idleProgram(): Buffer {
    const code = machineCode[process.arch];
    if (!code) throw new Error(`no idle program for ${process.arch}: only for ${Object.keys(machineCode).join(', ')}`);
    const headerBytes = 64 + 56;
    const address = 0x400000n;
    const file = Buffer.alloc(headerBytes + code.instructions.length);

    // The file's header, elf(5), Elf64_Ehdr.
    file.write('\x7fELF\x02\x01\x01', 'latin1'); // 64 bits, little endian, version 1
    file.writeUInt16LE(2, 16); // e_type: ET_EXEC
    file.writeUInt16LE(code.machine, 18); // e_machine
    file.writeUInt32LE(1, 20); // e_version
    file.writeBigUInt64LE(address + BigInt(headerBytes), 24); // e_entry
    file.writeBigUInt64LE(64n, 32); // e_phoff
    file.writeUInt16LE(64, 52); // e_ehsize
    file.writeUInt16LE(56, 54); // e_phentsize
    file.writeUInt16LE(1, 56); // e_phnum

    // Its one segment, Elf64_Phdr: the whole file, mapped readable and executable.
    file.writeUInt32LE(1, 64); // p_type: PT_LOAD
    file.writeUInt32LE(5, 68); // p_flags: PF_R | PF_X
    file.writeBigUInt64LE(address, 80); // p_vaddr
    file.writeBigUInt64LE(BigInt(file.length), 96); // p_filesz
    file.writeBigUInt64LE(BigInt(file.length), 104); // p_memsz
    file.writeBigUInt64LE(0x1000n, 112); // p_align

    code.instructions.copy(file, headerBytes);
    return file;
}

const machineCode: Readonly<Record<string, { readonly machine: number; readonly instructions: Buffer }>> = {
    x64: {
        machine: 62, // EM_X86_64
        // again: mov eax, 34 (pause); syscall; jmp again
        instructions: Buffer.from('b8220000000f05ebf7', 'hex'),
    },
    arm64: {
        machine: 183, // EM_AARCH64
        // again: x0 to x3 = 0 (no files, no timeout, no mask); x8 = 73 (ppoll); svc 0; b again
        instructions: Buffer.from('000080d2010080d2020080d2030080d2280980d2010000d4faffff17', 'hex'),
    },
};
