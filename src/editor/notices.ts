import type { Gap } from '../model/gap';
import { engineName } from '../present/describe';
import { visible } from '../present/plain-text';
import { recordingNotice } from '../present/recording-words';
import type { Topology } from '../topology/topology';
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
        ...(recording ? [recordingNotice(whole.snapshot, now)] : []),
        ...staleNotices(whole),
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
        ...(filter === '' ? [] : [`Only what fits “${visible(filter, 80)}”.`]),
        ...(recording ? [recordingNotice(whole.snapshot, now)] : []),
        ...staleNotices(whole),
        ...problems.map(shortSentence),
        ...(first ? [`Not seen: ${shortSentence(first)}${more}`] : []),
        ...(whole.gaps.length > 0 && !recording ? ['The warning sign above tells what would help.'] : []),
    ].join(' ');
}

function isEngine({ snapshot }: Topology, source: string): boolean {
    return snapshot.engines.length === 0 || snapshot.engines.some(({ problem }) => problem?.source === source);
}

function staleNotices({ snapshot }: Topology): readonly string[] {
    return snapshot.engines.flatMap(({ problem, listedAt }) => {
        return problem && listedAt !== undefined ? [`Containers as of ${timeOfDay(listedAt)}.`] : [];
    });
}

function sentence(gap: Gap): string {
    return `${shortSentence(gap)} ${visible(gap.help, 400).replace(/\.$/, '')}.`;
}

function shortSentence({ source, detail }: Gap): string {
    return `${visible(source)}: ${visible(detail, 400)}.`;
}

function timeOfDay(milliseconds: number): string {
    return new Date(milliseconds).toLocaleTimeString();
}
