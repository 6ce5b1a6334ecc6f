/** A file has not answered, as on a network that is away; it may still. */
export class NoAnswer extends Error {
    constructor(readonly path: string) {
        super(`${path} does not answer`);
    }
}

/** A local file answers within a moment, one on a network within a few. */
const patienceMilliseconds = 1_000;

/**
 * Nothing cancels an operation on a file: one that never answers holds its thread for ever, and node has but four, by
 * which all extensions of the editor read files.
 */
const mostHanging = 2;

/** What is shared by all who ask. */
interface Questions {
    /** Those that have taken too long, and are not answered yet. */
    readonly hanging: Set<{ readonly path: string }>;
    /** Settles when the next one may begin. */
    turn: Promise<unknown>;
}

/** The threads are the process's, and so are these: containerd's client is a bundle of its own, with a copy of this. */
const key: unique symbol = Symbol.for('docker-runtime/file-questions');
const questions = ((globalThis as { [key]?: Questions })[key] ??= { hanging: new Set(), turn: Promise.resolve() });

/** Tells, once that is known, whether a file still holds the thread that asks it: exit(3) would wait for that. */
export async function isAnyFileHanging(): Promise<boolean> {
    await questions.turn;
    return questions.hanging.size > 0;
}

/**
 * Makes of an operation on a file one that rejects with {@link NoAnswer} after a second. Whoever asks about the same
 * path meanwhile shares the answer, or fails at once when it is late; and what is asked about different paths waits for
 * its turn, so that of all files that hang no more than two are ever asked.
 *
 * The operation may take several steps, one after the other.
 */
export function singleFlight<T>(operation: (path: string) => Promise<T>): (path: string) => Promise<T> {
    const flights = new Map<string, Promise<T>>();

    function begin(path: string): Promise<T> {
        const { hanging } = questions;
        const [longest] = hanging;
        if (longest && hanging.size >= mostHanging) {
            flights.delete(path);
            return Promise.reject(new NoAnswer(longest.path));
        }
        return new Promise((resolve, reject) => {
            const question = { path };
            const timer = setTimeout(() => {
                hanging.add(question);
                reject(new NoAnswer(path));
            }, patienceMilliseconds);
            operation(path)
                .finally(() => {
                    clearTimeout(timer);
                    hanging.delete(question);
                    flights.delete(path);
                })
                .then(resolve, reject);
        });
    }

    return (path) => {
        const underWay = flights.get(path);
        if (underWay) return underWay;
        const flight = questions.turn.then(() => begin(path));
        questions.turn = flight.catch(() => undefined);
        flights.set(path, flight);
        return flight;
    };
}
