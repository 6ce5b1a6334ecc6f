import type { Doubt, Life, Verdict } from './topology';

/** What each witness says about one container, in one word each: weigh.ts says where these come from. */
export interface Witnesses {
    /**
     * `stale`: the one that listed it does not answer now. `silent`: nor does one that ought to know it, and none lists
     * it. `nobody`: no engine need know it, or none was asked.
     */
    readonly engine: EngineWord;
    readonly containerd: ContainerdWords;
    /** `gone`: its first process has another parent. */
    readonly shim: 'there' | 'gone' | 'not seen';
    readonly kernel: Life;
    /** Whose the pid is that the engine tells. `alike`: another's by its cgroup, and the container's by its start time. */
    readonly pid: 'nothing' | 'its own' | "another's" | 'alike' | 'gone' | 'not seen';
    /** Whether every process that could be meant would be seen here: only then is absence a proof. */
    readonly sight: 'all' | 'part';
    /**
     * `news`: what the engine told may be from before it. `just ended`: it has ended since the engine told.
     * `young`: it may still be starting.
     */
    readonly age: 'news' | 'just ended' | 'young' | 'old';
    /** Whether the engine answers when it is asked about this one alone. */
    readonly inspect: 'hangs' | 'fine';
}

export type EngineWord =
    | 'runs'
    | 'created'
    | 'ended'
    | 'restarting'
    | 'removing'
    | 'some other word'
    | 'stale'
    | 'does not list it'
    | 'silent'
    | 'nobody';

/** `old`: what it told may be from before the first process, and contradicts it. */
export type ContainerdWords = 'runs' | 'runs elsewhere' | 'created' | 'stopped' | 'no task' | 'old' | 'silent';

export interface Judgement {
    readonly verdict: Verdict;
    readonly doubt?: Doubt;
}

/** Whether the witnesses agree; never harsher than what was seen. */
export function judge(witnesses: Witnesses): Judgement {
    const found = rows.find(({ wanted }) => wanted.every(([witness, words]) => words.includes(witnesses[witness])));
    return found?.judgement ?? { verdict: 'unverified', doubt: 'nobody-heard' };
}

type Pattern = { readonly [Witness in keyof Witnesses]?: Witnesses[Witness] | readonly Witnesses[Witness][] };
type Row = readonly [Pattern, Exclude<Verdict, 'unverified'>] | readonly [Pattern, 'unverified', Doubt];

const alive = ['lives', 'waits'] as const;
const anythingAlive = ['lives', 'waits', 'others live'] as const;
const atRest = ['created', 'ended', 'restarting'] as const;
const unlisted = ['does not list it', 'silent', 'nobody'] as const;
const contradicts = ['runs elsewhere', 'created', 'stopped', 'no task'] as const;

/** The first row that fits is the verdict. */
const table: readonly Row[] = [
    [{ engine: 'stale' }, 'unverified', 'engine-silent'],

    // The engine says that it runs, or is paused; and its first process lives.
    [{ engine: 'runs', kernel: alive, pid: ["another's", 'alike', 'gone'], age: 'news' }, 'unverified', 'just-started'],
    [{ engine: 'runs', kernel: alive, pid: ["another's", 'alike', 'gone'] }, 'pid-of-another'],
    [{ engine: 'runs', kernel: alive, pid: 'not seen' }, 'unverified', 'not-all-seen'],
    [{ engine: 'runs', kernel: alive, shim: 'there', inspect: 'hangs' }, 'wedged'],
    [{ engine: 'runs', kernel: alive, shim: 'there', containerd: contradicts }, 'containerd-disagrees'],
    [{ engine: 'runs', kernel: alive, shim: 'there' }, 'agree'],
    [{ engine: 'runs', kernel: alive, shim: 'gone' }, 'shim-gone'],
    [{ engine: 'runs', kernel: alive }, 'unverified', 'shim-not-seen'],
    // It does not live, or is not seen to.
    [{ engine: 'runs', sight: 'part' }, 'unverified', 'not-all-seen'],
    [{ engine: 'runs', age: 'news' }, 'unverified', 'just-started'],
    [{ engine: 'runs', age: 'just ended' }, 'unverified', 'just-ended'],
    [{ engine: 'runs', pid: "another's" }, 'pid-of-another'],
    [{ engine: 'runs', pid: 'alike' }, 'unverified', 'pid-alike'],
    [{ engine: 'runs', kernel: 'others live' }, 'first-process-ended'],
    [{ engine: 'runs', shim: 'there' }, 'shim-without-process'],
    [{ engine: 'runs' }, 'running-without-process'],

    // The engine says that it does not run, or not now.
    [{ engine: atRest, kernel: anythingAlive, age: 'news' }, 'unverified', 'just-started'],
    [{ engine: 'created', kernel: 'waits' }, 'agree'],
    [{ engine: atRest, kernel: 'waits', age: 'young' }, 'agree'],
    [{ engine: atRest, kernel: anythingAlive }, 'process-of-a-stopped-container'],
    [{ engine: atRest, containerd: 'runs' }, 'unverified', 'containerd-says-running'],
    [{ engine: atRest }, 'agree'],
    [{ engine: 'removing', kernel: anythingAlive }, 'unverified', 'being-removed'],
    [{ engine: 'removing' }, 'agree'],
    [{ engine: 'some other word' }, 'unverified', 'state-not-known'],

    // No engine lists it. Where one ought to, it is the engine's matter whether it runs.
    [{ engine: unlisted, kernel: alive, shim: 'gone', sight: 'all' }, 'shim-gone'],
    [{ engine: 'does not list it', kernel: anythingAlive, age: 'news' }, 'unverified', 'just-started'],
    [{ engine: 'does not list it', kernel: anythingAlive }, 'unknown-to-engine'],
    [{ engine: 'does not list it', shim: 'not seen' }, 'unknown-to-engine'],
    [{ engine: 'does not list it', sight: 'part', containerd: 'runs' }, 'unknown-to-engine'],
    [{ engine: 'silent', kernel: 'nothing lives' }, 'unverified', 'engine-silent'],

    // containerd's word alone; and something lives.
    [{ containerd: 'old', kernel: anythingAlive }, 'unverified', 'just-started'],
    [{ containerd: 'runs', kernel: alive, shim: 'there' }, 'agree'],
    [{ containerd: 'created', kernel: alive }, 'agree'],
    [{ containerd: 'stopped', kernel: anythingAlive }, 'process-of-a-stopped-container'],
    [{ containerd: ['runs elsewhere', 'no task'], kernel: anythingAlive }, 'containerd-disagrees'],
    [{ engine: 'silent', kernel: alive }, 'unverified', 'engine-silent'],
    [{ containerd: 'silent', kernel: alive }, 'unverified', 'nobody-heard'],
    [{ kernel: alive }, 'unverified', 'shim-not-seen'],
    // Nothing does, or its first process does not, or none is seen to.
    [{ containerd: 'stopped' }, 'agree'],
    [{ containerd: ['created', 'no task'], shim: 'not seen' }, 'agree'],
    [{ sight: 'part' }, 'unverified', 'not-all-seen'],
    [{ age: ['news', 'young'] }, 'unverified', 'just-started'],
    [{ containerd: 'runs', kernel: 'others live' }, 'first-process-ended'],
    [{ containerd: ['runs', 'no task'], shim: 'there' }, 'shim-without-process'],
    [{ engine: 'does not list it', shim: 'there' }, 'shim-without-process'],
    [{ containerd: 'runs', shim: 'not seen', pid: 'gone' }, 'running-without-process'],
];

/** Read once, for there may be thousands of containers. */
const rows = table.map(([pattern, verdict, doubt]) => ({
    wanted: Object.entries(pattern).map(([witness, words]): readonly [keyof Witnesses, readonly string[]] => {
        return [witness as keyof Witnesses, [words].flat()];
    }),
    judgement: { verdict, ...(doubt && { doubt }) } satisfies Judgement,
}));
