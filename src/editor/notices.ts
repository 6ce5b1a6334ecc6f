import type { Gap } from '../model/gap';
import { engineName } from '../present/describe';
import { visible } from '../present/plain-text';
import { unjudgedWords } from '../present/findings';
import { recordingNotice } from '../present/recording-words';
import type { Finding, Topology } from '../topology/topology';
import type { Hierarchy } from './hierarchy';

/** Whose hierarchy it is: the engines' versions and endpoints, or the recording's name. */
export function titleOf({ whole, recording }: Pick<Hierarchy, 'whole' | 'recording'>): string {
    if (recording) return `Recording: ${visible(recording.name, 128)}`;
    const engines = whole?.snapshot.engines ?? [];
    return engines
        .map((engine) =>
            [engineName(engine), visible(engine.version ?? ''), visible(engine.endpoint ?? engine.foundBy)]
                .filter(Boolean)
                .join(' '),
        )
        .join(' · ');
}

/** What a person must know before believing what is shown; the most important first. */
export function noticesOf(
    { whole, recording }: Pick<Hierarchy, 'whole' | 'recording'>,
    now: number,
): readonly string[] {
    if (!whole) return [];
    return [
        ...(recording ? [recordingNotice(whole.snapshot, now)] : oldNotices(whole, now)),
        ...staleNotices(whole, now),
        ...whole.gaps.map(sentence),
    ];
}

/** The same for the narrow view: what happened; what would help is a button's to tell, see `dockerRuntime.unseen`. */
export function messageOf(
    { whole, recording, filter }: Pick<Hierarchy, 'whole' | 'recording' | 'filter'>,
    now: number,
): string {
    if (!whole) return '';
    const problems = whole.gaps.filter(({ source }) => isEngine(whole, source));
    const [first, ...others] = whole.gaps.filter((gap) => !problems.includes(gap));
    const more = others.length === 0 ? '' : ` And ${String(others.length)} more.`;
    return [
        ...(filter === '' ? [] : [`Only what matches “${visible(filter, 80)}”.`]),
        ...(recording ? [recordingNotice(whole.snapshot, now)] : oldNotices(whole, now)),
        ...staleNotices(whole, now),
        ...problems.map(shortSentence),
        ...(first ? [`Not seen: ${shortSentence(first)}${more}`] : []),
        ...(whole.gaps.length > 0 && !recording ? [whereHelpIs] : []),
    ].join(' ');
}

/** Of several views, the workbench shows the signs of the one that has the pointer or the focus. */
const whereHelpIs = 'What would help: see the warning sign above, or run “Explain What Could Not Be Seen”.';

/**
 * What stands above the findings. Where there are none it hides the view's own words that nothing is wrong: so it says
 * that, too, and what speaks against being sure of it.
 */
export function findingsMessageOf(
    { whole, shown, recording }: Pick<Hierarchy, 'whole' | 'shown' | 'recording'>,
    findings: readonly Finding[],
    now: number,
): string | undefined {
    if (!whole || !shown) return undefined;
    const unjudged = unjudgedWords(shown);
    const doubts = [
        ...(recording ? [] : oldNotices(whole, now)),
        ...staleNotices(whole, now),
        ...(unjudged === undefined ? [] : [unjudged]),
    ];
    if (findings.length === 0) return doubts.length === 0 ? undefined : [nothingFound, ...doubts].join(' ');
    const words = [...(recording ? [recordingMessage] : []), ...doubts];
    return words.length === 0 ? undefined : words.join(' ');
}

const nothingFound = 'Nothing is found wrong here.';

const recordingMessage =
    'A recording is one look: what often passes by itself is marked, since nothing shows whether it lasted.';

function isEngine({ snapshot }: Topology, source: string): boolean {
    return snapshot.engines.length === 0 || snapshot.engines.some(({ problem }) => problem?.source === source);
}

/** A view that is shown again has the last look at once, which may be from hours ago, and the next one in a moment. */
function oldNotices({ snapshot }: Topology, now: number): readonly string[] {
    const takenAt = Date.parse(snapshot.takenAt);
    return now - takenAt > longestBetweenLooks ? [`All as of ${timeOf(takenAt, now)}; looking again.`] : [];
}

/** In milliseconds. While somebody watches, a look follows the other within half of it, however busy the host. */
const longestBetweenLooks = 10_000;

function staleNotices({ snapshot: { engines } }: Topology, now: number): readonly string[] {
    return engines.flatMap(({ problem, listedAt, endpoint, foundBy }) => {
        if (!problem || listedAt === undefined) return [];
        const whose = engines.length > 1 ? ` of ${visible(endpoint ?? foundBy)}` : '';
        return [`Containers${whose} as of ${timeOf(listedAt, now)}.`];
    });
}

function sentence(gap: Gap): string {
    return `${shortSentence(gap)} ${visible(gap.help, 400).replace(/\.$/, '')}.`;
}

function shortSentence({ source, detail }: Gap): string {
    return `${visible(source)}: ${visible(detail, 400)}.`;
}

/** With the date where it is not today's. By the clock and in the way of the one who reads. */
export function timeOf(milliseconds: number, now: number): string {
    const [then, today] = [new Date(milliseconds), new Date(now)];
    return then.toDateString() === today.toDateString() ? then.toLocaleTimeString() : then.toLocaleString();
}
