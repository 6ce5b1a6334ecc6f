/**
 * Values of an option in an argv, in order, in each of the forms that the daemons accept:
 * `-H value`, `--host value`, `--host=value`, and Go's `-host value`.
 */
export function optionValues(argv: readonly string[], names: readonly string[]): readonly string[] {
    const values: string[] = [];
    for (let index = 1; index < argv.length; index++) {
        const argument = argv[index] ?? '';
        if (!argument.startsWith('-')) continue;
        const equals = argument.indexOf('=');
        const name = (equals < 0 ? argument : argument.slice(0, equals)).replace(/^--?/, '');
        if (!names.includes(name)) continue;
        const value = equals < 0 ? argv[++index] : argument.slice(equals + 1);
        if (value !== undefined) values.push(value);
    }
    return values;
}

export function optionValue(argv: readonly string[], ...names: readonly string[]): string | undefined {
    return optionValues(argv, names).at(-1);
}

/** Last part of a path, without the mark that the kernel puts behind a deleted file's name. */
export function baseName(path: string): string {
    const end = path.endsWith(' (deleted)') ? path.length - ' (deleted)'.length : path.length;
    return path.slice(path.lastIndexOf('/', end - 1) + 1, end);
}

/**
 * A unix socket's path in one spelling, so that addresses from argv, /info and /proc/net/unix can be compared.
 * /var/run is a link to /run wherever these daemons run (Filesystem Hierarchy Standard 3.0, 5.13).
 */
export function socketPath(address: string): string {
    return address
        .replace(/^unix:\/\//, '')
        .replace(/\/{2,}/g, '/')
        .replace(/^\/var\/run\//, '/run/');
}
