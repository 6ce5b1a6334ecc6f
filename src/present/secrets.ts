import type { Container, ContainerInspection } from '../model/container';
import type { ContainerdFacts } from '../model/containerd';
import type { Engine } from '../model/engine';
import type { Gap } from '../model/gap';
import type { Process } from '../model/process';
import type { Snapshot } from '../model/snapshot';
import { baseName } from '../topology/command-line';
import { findingsByNode } from '../topology/findings/findings';
import type { ContainerNode, Evidence, Topology, TopologyNode } from '../topology/topology';

/**
 * Hides what looks like a secret in command lines: people put passwords into arguments, and whoever shows a tree shares
 * it. Names and well-known forms tell, so this is best effort: a password that stands alone looks like any other word.
 *
 * What is returned has no secret in any of its nodes. Its snapshot, the facts, stays as it is, but for the words that
 * faces take from there.
 */
export function withoutSecrets(topology: Topology): Topology {
    const nodes = maskNodes(topology.nodes);
    const allNodes = topology.allNodes === topology.nodes ? nodes : maskNodes(topology.allNodes);
    const findings = topology.findings.map((one) => ({ ...one, evidence: one.evidence.map(maskEvidence) }));
    const gaps = topology.gaps.map(maskGap);
    const snapshot = maskSilence(topology.snapshot);
    return { ...topology, snapshot, nodes, allNodes, findings, gaps, findingsAt: findingsByNode(findings) };
}

/**
 * The same for the facts, before they are written into a file that may be passed on. No place in the tree rests on what
 * looks like a secret, so that the same hierarchy is understood from them.
 */
export function maskSnapshot(snapshot: Snapshot): Snapshot {
    const { processes, engines, containerds, gaps } = snapshot;
    return {
        ...snapshot,
        masked: true,
        processes: processes.map(maskProcess),
        engines: engines.map(maskAllOfEngine),
        ...(containerds && { containerds: containerds.map(maskAllOfContainerd) }),
        gaps: gaps.map(maskGap),
    };
}

/** Of two that are compared: where one was masked when it was recorded, a secret that the other shows is no change. */
export function maskedAlike(before: Topology, after: Topology): readonly [Topology, Topology] {
    const isMasked = before.snapshot.masked ?? after.snapshot.masked;
    return isMasked ? [withoutSecrets(before), withoutSecrets(after)] : [before, after];
}

function maskNodes(nodes: Topology['nodes']): Topology['nodes'] {
    return new Map([...nodes].map(([id, node]) => [id, maskNode(node)]));
}

function maskNode(node: TopologyNode): TopologyNode {
    if (node.kind === 'container') return maskContainerNode(node);
    if (node.kind === 'process') return { ...node, process: maskProcess(node.process) };
    const { engine, process } = node;
    return {
        ...node,
        ...(engine && { engine: maskEngine(engine) }),
        ...(process && { process: maskProcess(process) }),
    };
}

function maskContainerNode(node: ContainerNode): ContainerNode {
    const { container, engine, containerd } = node;
    return {
        ...node,
        ...(container && { container: maskContainer(container) }),
        ...(engine && { engine: maskEngine(engine) }),
        ...(containerd?.silence !== undefined && {
            containerd: { ...containerd, silence: maskText(containerd.silence) },
        }),
    };
}

/** Faces have all words of others from the nodes, but why a containerd is silent. */
function maskSilence(snapshot: Snapshot): Snapshot {
    const { containerds } = snapshot;
    if (!containerds?.some(({ problem }) => problem)) return snapshot;
    return { ...snapshot, containerds: containerds.map(maskContainerd) };
}

/**
 * A look hands out most facts again, and one may stand in several places: each is masked once. An image may bring a
 * command of megabytes.
 */
function once<Fact extends object>(masking: (fact: Fact) => Fact): (fact: Fact) => Fact {
    const masked = new WeakMap<Fact, Fact>();
    return (fact) => {
        const known = masked.get(fact);
        if (known) return known;
        const now = masking(fact);
        masked.set(fact, now);
        return now;
    };
}

const maskProcess = once((process: Process) =>
    process.argv ? { ...process, argv: maskArguments(process.argv) } : process,
);

const maskEngine = once((engine: Engine) =>
    engine.problem ? { ...engine, problem: maskGap(engine.problem) } : engine,
);

const maskContainer = once((container: Container) => {
    const { command, inspectProblem } = container;
    return {
        ...container,
        command: maskText(command),
        ...(inspectProblem && { inspectProblem: maskGap(inspectProblem) }),
    };
});

/** With what no face shows, and a file holds. */
function maskAllOfEngine(engine: Engine): Engine {
    const containers = engine.containers.map((container) => {
        const { labels, inspected } = container;
        return {
            ...maskContainer(container),
            labels: maskLabels(labels),
            ...(inspected && { inspected: maskInspection(inspected) }),
        };
    });
    return { ...maskEngine(engine), containers };
}

/** The word before a health check's command says only how it is run: the check is still known by its process's argv. */
function maskInspection(inspected: ContainerInspection): ContainerInspection {
    const { healthcheck, health } = inspected;
    return {
        ...inspected,
        healthcheck: [...healthcheck.slice(0, 1), ...maskArguments(healthcheck.slice(1))],
        ...(health && {
            health: { ...health, ...(health.output !== undefined && { output: maskText(health.output) }) },
        }),
    };
}

function maskContainerd(containerd: ContainerdFacts): ContainerdFacts {
    return { ...containerd, ...(containerd.problem && { problem: maskGap(containerd.problem) }) };
}

function maskAllOfContainerd(containerd: ContainerdFacts): ContainerdFacts {
    const containers = containerd.containers.map((one) => ({ ...one, labels: maskLabels(one.labels) }));
    return { ...maskContainerd(containerd), containers };
}

function maskLabels(labels: Container['labels']): Container['labels'] {
    // fromEntries, and not assignment: a label may be called __proto__.
    return Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, maskNamed(name, value)]));
}

/** Hides a text whose name says that it is a secret: a label `com.example.token`. */
export function maskNamed(name: string, value: string): string {
    return isSecretName(name) ? mask : maskText(value);
}

/** Part of it may be a daemon's own words, or those of a proxy before it. */
export function maskGap(gap: Gap): Gap {
    return { ...gap, source: maskText(gap.source), detail: maskText(gap.detail), help: maskText(gap.help) };
}

/** What a health check wrote, for example, are a container's own words. */
function maskEvidence(evidence: Evidence): Evidence {
    return { ...evidence, detail: maskText(evidence.detail) };
}

/** Stands for a secret, whatever its length. */
export const mask = '••••';

export function maskArguments(argv: readonly string[]): readonly string[] {
    return maskOwnOptions(argv).map((argument, index) => {
        // Behind an option that has no value comes the next option.
        const isValue = index > 0 && isSecretOption(argv[index - 1] ?? '') && !/^--?[a-z]/i.test(argument);
        return isValue ? mask : maskText(argument);
    });
}

/** Hides the secrets in a text of any kind: a shell's script, an address, the title of a program. */
export function maskText(text: string): string {
    // Most arguments are one short word, and done with: too short for any of the known forms.
    if (/^[^=:\s]{0,14}$/.test(text)) return text;
    if (text.length > longestText) return mask;
    const known = text.replace(knownForms, mask).replace(upToLastAt, (word) => word.replace(password, `$1${mask}@`));
    const named = known
        .replace(assignment, (whole, name: string) => (isSecretName(name) ? `${name}=${mask}` : whole))
        .replace(optionWithValue, (whole, option: string, between: string) =>
            isSecretOption(option) ? `${option}${between}${mask}` : whole,
        )
        .replace(header, `$1$2${mask}`);
    return /\s/.test(named) ? named.replace(command, maskCommand) : named;
}

/** In characters. No command line is longer, and beyond some millions regular expressions throw: it is hidden whole. */
const longestText = 1024 * 1024;

/** Whether what has this name is a secret: `MYSQL_ROOT_PASSWORD` and `apiKey` are, `TOKEN_FILE` and `tokenizer` not. */
export function isSecretName(name: string): boolean {
    const words = name
        .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
        .toLowerCase()
        .split(/[^a-z0-9]+/)
        .filter(Boolean);
    if (aboutSecrets.has(words.at(-1) ?? '')) return false;
    return words.some((word, index) => {
        const before = words[index - 1];
        if (before !== undefined && (word === 'pwd' || (word === 'key' && keyKinds.has(before)))) return true;
        return secretWord.test(word);
    });
}

const secretWord =
    /^(pass|pw|creds?|bearer|apikey|secretkey|accesskey|privatekey)$|(password|passwd|passphrase|secret|token|credentials?)$/;
const keyKinds = wordsOf('api access private secret signing encryption master license account storage');
/** How names end that are about a secret and none themselves: `--password-file F`, `TOKEN_TTL=60`. */
const aboutSecrets = wordsOf(
    'file files path dir folder name ttl timeout expiry expires length size count limit type policy method mode plugin url uri endpoint id format source provider mount version enabled disabled required',
);

function wordsOf(text: string): ReadonlySet<string> {
    return new Set(text.split(' '));
}

/** `--password`, and Go's `-password`; a single letter means something else to each program. */
function isSecretOption(option: string): boolean {
    const [, name] = /^--?([a-z][\w.-]+)$/i.exec(option) ?? [];
    return name !== undefined && isSecretName(name);
}

/** The programs of which it is known that a short option of theirs takes a password. */
const ownOptions: readonly {
    readonly programs: RegExp;
    /** The next argument is a password, or `user:password`. */
    readonly separate?: RegExp;
    /** The argument itself goes on with one. */
    readonly attached?: RegExp;
}[] = [
    { programs: /^(mysql|mariadb|mycli)/, attached: /^-p(?=.)/ },
    { programs: /^(sshpass|mongo|mongosh|mongodump|mongorestore)$/, separate: /^-p$/, attached: /^-p(?=.)/ },
    { programs: /^(redis|valkey)-cli$/, separate: /^-a$/ },
    { programs: /^curl$/, separate: /^(-u|-U|--user|--proxy-user)$/, attached: /^-[uU][^:]+:(?=.)/ },
    { programs: /^ldap(search|modify|add|delete|whoami)$/, separate: /^-w$/, attached: /^-w(?=.)/ },
];

function ownOptionsOf(program: string) {
    const name = baseName(program);
    return ownOptions.find(({ programs }) => programs.test(name));
}

function maskOwnOptions(argv: readonly string[]): readonly string[] {
    const own = ownOptionsOf(argv[0] ?? '');
    if (!own) return argv;
    return argv.map((argument, index) => {
        if (index === 0) return argument;
        if (own.separate?.test(argv[index - 1] ?? '')) return argument.replace(/^([^:]+:)?.*$/s, `$1${mask}`);
        const [beginning] = own.attached?.exec(argument) ?? [];
        return beginning === undefined ? argument : beginning + mask;
    });
}

/** One command of a script, as far as can be told without reading it as a shell does. */
function maskCommand(script: string): string {
    const [program] = /\S+/.exec(script) ?? [];
    if (program === undefined || !ownOptionsOf(program)) return script;
    const pieces = script.split(/(\s+)/);
    const masked = maskOwnOptions(pieces.filter(isWord));
    let words = 0;
    return pieces.map((piece) => (isWord(piece) ? masked[words++] : piece)).join('');
}

function isWord(piece: string): boolean {
    return piece.trim() !== '';
}

// These run over texts of strangers: each part begins where a word does, so that none is read again and again.
const command = /[^;|&\n]+/g;
const quotedOrWord = String.raw`(?:"[^"\\]*(?:\\.[^"\\]*)*"?|'[^']*'?|[^\s"'&;|]+)`;
const assignment = new RegExp(String.raw`(?<![\w.-])([A-Za-z_][\w.-]*)=${quotedOrWord}`, 'g');
const optionWithValue = new RegExp(String.raw`(?<!\S)(--?[A-Za-z][\w.-]+)(=|\s+)(?!-)${quotedOrWord}`, 'g');
const header =
    /(?<![\w-])([\w-]*(?:password|passwd|secret|token|api-?key|authorization|cookie))(["']?\s*:\s*["']?)[^"'\r\n]+/gi;
const upToLastAt = /(?<![^\s"'])[^\s"']*@/g;
/** Of the first address in such a word: whole, though it hold an `@` or a slash. But a number before a slash is a port. */
const password = /(?<![\w+.-])([a-z][a-z0-9+.-]*:\/\/(?!\[)[^\s:/?#"']*:)(?!\d{0,5}[/?#]).+@$/i;

/** Tokens that their makers gave a form by which they can be found. */
const knownForms = new RegExp(
    [
        String.raw`(?:AKIA|ASIA)[A-Z0-9]{16}(?!\w)`,
        String.raw`gh[pousr]_\w{30,}`,
        String.raw`github_pat_\w{20,}`,
        String.raw`glpat-[\w-]{20,}`,
        String.raw`xox[a-z]-[\w-]{10,}`,
        String.raw`[srp]k_(?:live|test)_\w{10,}`,
        String.raw`sk-[\w-]{20,}`,
        String.raw`npm_\w{30,}`,
        String.raw`dckr_pat_[\w-]{20,}`,
        String.raw`AIza[\w-]{35}`,
        String.raw`eyJ[\w-]{5,}\.eyJ[\w-]{5,}\.[\w-]*`,
        String.raw`-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*(?:-----END [A-Z ]*PRIVATE KEY-----)?`,
    ]
        .map((form) => String.raw`(?<![\w-])${form}`)
        .join('|'),
    'g',
);
