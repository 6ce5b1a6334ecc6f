/** Awaits what nothing announces; fails with its name, or its own words, where it never comes true. */
export async function until(
    isSo: () => boolean | Promise<boolean>,
    name = isSo.toString(),
    milliseconds = 5_000,
): Promise<void> {
    for (const end = performance.now() + milliseconds; !(await isSo());) {
        if (performance.now() > end) throw new Error(`never: ${name}`);
        await new Promise((resolve) => setTimeout(resolve, 1));
    }
}
