import { parseArgs } from 'node:util';

export const usage = `docker-runtime: what really runs beneath docker run

  docker-runtime tree [--order ownership|kernel] [--format text|json|mermaid|dot]
  docker-runtime explain <container | pid> [--silence CODE]
  docker-runtime findings [--format text|json] [--silence CODE]
                      what is wrong here; exit status 1 on a finding of severity error, 2 on failure
  docker-runtime record -o FILE [--redact]
                      this host in a file; --redact leaves out all arguments and labels
  docker-runtime compare BEFORE [AFTER] [--format text|json]    two recordings, or one and this host

Sources, for all of them:
  --docker ENDPOINT   ask this daemon alone (repeatable): unix://, tcp://, ssh:// or context://NAME; else DOCKER_HOST,
                      the docker context or the default socket, and beside it the daemons that are found here
  --no-docker         ask no daemon
  --proc DIR          read the processes here instead of /proc
  --containers FILE   a JSON array as of GET /containers/json, in place of a live daemon
  --snapshot FILE     everything from a recording
  --deadline MS       give up a question to a daemon after so many milliseconds; 5000 unless told

Looks:
  --repeat N          look N times in one process, and show the last
  --timings           one line of JSON for each look, on stderr

Output:
  --show-secrets      show and record passwords and tokens in arguments, too; else those that look like one are hidden
`;

/** What a person asked for cannot be done; the message is the one line that says why. */
export class Impossible extends Error {}

export type CommandLine = ReturnType<typeof parseCommandLine>;
export type Options = CommandLine['options'];

/** Nothing that was asked for is left out silently: what does not go together is refused. */
export function parseCommandLine(args: readonly string[]) {
    const { options, command, words } = parse(args);
    for (const [option, value] of Object.entries(options)) {
        if ([value].flat().includes('')) throw new Impossible(`--${option} is empty`);
    }
    for (const [option, owners] of Object.entries(optionsOfSomeCommands)) {
        if (option in options && command !== undefined && !owners.includes(command)) {
            throw new Impossible(`--${option} is for ${owners.join(' and ')}, not for ${command}`);
        }
    }
    for (const [option, other] of contradictions) {
        if (option in options && other in options) {
            throw new Impossible(`--${option} takes the place of --${other}: give one of them`);
        }
    }
    return { options, command, words };
}

export function oneOf(option: string, value: string, known: readonly string[]): string {
    if (known.includes(value)) return value;
    throw new Impossible(`${option} is one of ${known.join(', ')}; it was ${value}`);
}

export function numberOfLooks({ repeat }: Options): number {
    if (repeat === undefined) return 1;
    if (/^[1-9]\d{0,5}$/.test(repeat)) return Number(repeat);
    throw new Impossible(`--repeat is a number of looks, 1 or more; it was ${repeat}`);
}

/** In milliseconds. */
export function deadlineOf({ deadline }: Options): number {
    if (deadline === undefined) return 5_000;
    const milliseconds = /^\d{1,9}$/.test(deadline) ? Number(deadline) : NaN;
    if (milliseconds >= 100 && milliseconds <= 600_000) return milliseconds;
    throw new Impossible(`--deadline is in milliseconds, 100 to 600000; it was ${deadline}`);
}

/** Two recordings need nobody to look. `--no-docker` is as true of them as of any. */
export function refuseOptionsOfLiveHost(options: Options): void {
    const [refused] = (['docker', 'proc', 'containers', 'repeat', 'timings'] as const).filter((one) => one in options);
    if (refused) throw new Impossible(`--${refused} is for a look at this host, and two recordings were given`);
}

const optionsOfSomeCommands: Readonly<Record<string, readonly string[]>> = {
    order: ['tree'],
    format: ['tree', 'findings', 'compare'],
    silence: ['explain', 'findings'],
    output: ['record'],
    redact: ['record'],
    snapshot: ['tree', 'explain', 'findings', 'record'],
};

const contradictions = [
    ['snapshot', 'docker'],
    ['snapshot', 'proc'],
    ['snapshot', 'containers'],
    ['containers', 'docker'],
    ['no-docker', 'docker'],
] as const;

function parse(args: readonly string[]) {
    try {
        const { values, positionals } = parseArgs({
            args: [...args],
            allowPositionals: true,
            options: {
                help: { type: 'boolean', short: 'h' },
                order: { type: 'string' },
                format: { type: 'string' },
                output: { type: 'string', short: 'o' },
                redact: { type: 'boolean' },
                silence: { type: 'string', multiple: true },
                docker: { type: 'string', multiple: true },
                'no-docker': { type: 'boolean' },
                proc: { type: 'string' },
                containers: { type: 'string' },
                snapshot: { type: 'string' },
                repeat: { type: 'string' },
                timings: { type: 'boolean' },
                'show-secrets': { type: 'boolean' },
                deadline: { type: 'string' },
            },
        });
        const [command, ...words] = positionals;
        return { command, words, options: values };
    } catch (error) {
        // parseArgs explains at length how to pass such a word all the same.
        throw new Impossible(`${(error as Error).message.split(/\.\s/)[0] ?? ''}; see docker-runtime --help`);
    }
}
