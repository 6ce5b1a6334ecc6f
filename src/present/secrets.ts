import type { Container } from '../model/container';
import type { Gap } from '../model/gap';
import type { Process } from '../model/process';
import { baseName } from '../topology/command-line';
import { findingsByNode } from '../topology/findings/findings';
import type { Evidence, Topology, TopologyNode } from '../topology/topology';

/**
 * Hides what looks like a secret in command lines: people put passwords into arguments, and whoever shows a tree shares
 * it. Names and well-known forms tell, so this is best effort: a password that stands alone looks like any other word.
 *
 * What is returned has no secret in any of its nodes. Its snapshot, the facts, stays as it is.
 */
export function withoutSecrets(topology: Topology): Topology {
    const nodes = maskNodes(topology.nodes);
    const allNodes = topology.allNodes === topology.nodes ? nodes : maskNodes(topology.allNodes);
    const findings = topology.findings.map((one) => ({ ...one, evidence: one.evidence.map(maskEvidence) }));
    const gaps = topology.gaps.map(maskGap);
    return { ...topology, nodes, allNodes, findings, gaps, findingsAt: findingsByNode(findings) };
}

function maskNodes(nodes: Topology['nodes']): Topology['nodes'] {
    return new Map([...nodes].map(([id, node]) => [id, maskNode(node)]));
}

/** A look hands out most processes again, and one may stand in several places: each is masked once. */
const maskedProcesses = new WeakMap<Process, Process>();

function maskProcess(process: Process): Process {
    const known = maskedProcesses.get(process);
    if (known) return known;
    const masked = process.argv ? { ...process, argv: maskArguments(process.argv) } : process;
    maskedProcesses.set(process, masked);
    return masked;
}

function maskNode(node: TopologyNode): TopologyNode {
    if (node.kind === 'engine' && node.engine?.problem) {
        const engine = { ...node.engine, problem: maskGap(node.engine.problem) };
        return { ...node, engine, ...(node.process && { process: maskProcess(node.process) }) };
    }
    if (node.kind !== 'container') return node.process ? { ...node, process: maskProcess(node.process) } : node;
    const { container } = node;
    return container ? { ...node, container: maskContainer(container) } : node;
}

/** An engine's list is shown again until the next one comes, and an image may bring a command of megabytes. */
const maskedContainers = new WeakMap<Container, Container>();

function maskContainer(container: Container): Container {
    const known = maskedContainers.get(container);
    if (known) return known;
    const { command, inspectProblem } = container;
    const masked = {
        ...container,
        command: maskText(command),
        ...(inspectProblem && { inspectProblem: maskGap(inspectProblem) }),
    };
    maskedContainers.set(container, masked);
    return masked;
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
