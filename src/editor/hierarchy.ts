import * as vscode from 'vscode';
import type { ContainerInspection } from '../model/container';
import type { ContainerdStore } from '../model/containerd';
import type { Gap } from '../model/gap';
import type { CommandLine, Process } from '../model/process';
import { filtered } from '../present/search';
import { maskArguments, maskGap, withoutSecrets } from '../present/secrets';
import { factsOf } from '../topology/containerd-word';
import { withoutFindings } from '../topology/findings/findings';
import { inKernelOrder } from '../topology/kernel-order';
import type { ContainerNode, NodeId, Order, ProcessNode, Topology } from '../topology/topology';
import type { Watcher } from '../watch/watcher';
import { restrictTo } from '../topology/restrict';

/**
 * What all faces show together: the live host or a recording, in one order, through one filter, with one selection.
 * The live host is watched only while a face attends, and a recording is not shown in its place.
 */
export interface Hierarchy extends vscode.Disposable {
    /** The whole of it in ownership order; undefined before the first look. */
    readonly whole: Topology | undefined;
    /** In the chosen order, and only what the filter keeps. */
    readonly shown: Topology | undefined;
    readonly recording: OpenRecording | undefined;
    readonly order: Order;
    /** Empty when nothing is filtered. */
    readonly filter: string;
    readonly selected: NodeId | null;
    readonly onDidChange: vscode.Event<void>;
    readonly onDidSelect: vscode.Event<NodeId | null>;
    readonly setOrder: (order: Order) => void;
    readonly setFilter: (filter: string) => void;
    /** Findings of these codes are not shown anywhere. */
    readonly setSilenced: (codes: readonly string[]) => void;
    readonly select: (id: NodeId | null) => void;
    /** Shows a recording in place of the live host, or the live host again. */
    readonly showRecording: (recording: OpenRecording | undefined) => void;
    /** A face is visible until the answer is disposed. */
    readonly attend: () => vscode.Disposable;
    /** Looks now; a recording stays as it is. */
    readonly refresh: () => Promise<Topology>;
    /** Looks at the live host now, whatever is shown. */
    readonly lookLive: () => Promise<Topology>;
    /** Without what looks like a secret, unless the person wants to see that. */
    readonly fitToShow: (topology: Topology) => Topology;
    /** What inspect tells, or why it tells nothing; undefined where a recording holds neither. */
    readonly inspect: (node: ContainerNode) => Promise<ContainerInspection | Gap | undefined>;
    /** How much a containerd keeps in each namespace; undefined where it is not asked, or does not answer. */
    readonly stores: (node: ProcessNode) => Promise<readonly ContainerdStore[] | undefined>;
    /** The engine's whole answer, or what to say in its place. */
    readonly inspectDocument: (node: ContainerNode) => Promise<{ readonly value: unknown } | { readonly why: string }>;
    /** Its OCI spec, or what to say in its place. */
    readonly specDocument: (node: ContainerNode) => Promise<{ readonly value: unknown } | { readonly why: string }>;
    /** All that can be had of a process's command line, fit to show, or what to say in its place. */
    readonly commandLine: (process: Process) => Promise<CommandLine | { readonly why: string }>;
    /** The settings say something else: begins again with a new watcher. */
    readonly restart: () => void;
}

export interface OpenRecording {
    /** How it is called in the title: `the sample host`, or a file's name. */
    readonly name: string;
    readonly topology: Topology;
}

/** Stands first in the document, which has other fields, and other names for them, than an inspect has. */
const aboutRecorded = 'What the recording holds of this container. It does not hold what docker inspect answers.';

/** What looks like a secret is hidden from every face, as long as `showsSecrets` does not say otherwise. */
export function createHierarchy(openWatcher: () => Watcher, showsSecrets: () => boolean): Hierarchy {
    const changed = new vscode.EventEmitter<void>();
    const didSelect = new vscode.EventEmitter<NodeId | null>();
    const attendants = new Set<object>();
    let live = follow(openWatcher());
    let recording: OpenRecording | undefined;
    let order: Order = 'ownership';
    let filter = '';
    let silenced: readonly string[] = [];
    let selected: NodeId | null = null;
    let whole: Topology | undefined;
    let shown: Topology | undefined;

    function follow(watcher: Watcher) {
        const listening = watcher.onDidChange(() => {
            if (!recording) change();
        });
        let watching: { dispose(): void } | undefined;
        return {
            watcher,
            watchIf(wanted: boolean): void {
                if (wanted) {
                    watching ??= watcher.watch();
                    return;
                }
                watching?.dispose();
                watching = undefined;
            },
            dispose(): void {
                watching?.dispose();
                listening.dispose();
                watcher.dispose();
            },
        };
    }

    function change(): void {
        whole = undefined;
        shown = undefined;
        changed.fire();
    }

    function watchWhileAttended(): void {
        live.watchIf(attendants.size > 0 && recording === undefined);
    }

    function known(): Topology | undefined {
        return recording ? recording.topology : live.watcher.current;
    }

    function fitToShow(topology: Topology): Topology {
        return showsSecrets() ? topology : withoutSecrets(topology);
    }

    function fitGapToShow(gap: Gap): Gap {
        return showsSecrets() ? gap : maskGap(gap);
    }

    function whyNotShown(gap: Gap): { readonly why: string } {
        const { detail, help } = fitGapToShow(gap);
        return { why: `${detail}. ${help}` };
    }

    function compose(topology: Topology): Topology {
        // Above the daemons, the kernel's order shows processes that ownership does not.
        const masked = fitToShow(order === 'kernel' ? inKernelOrder(topology) : topology);
        const ordered = withoutFindings(masked, silenced);
        return filter === '' ? ordered : restrictTo(ordered, filtered(ordered, filter));
    }

    return {
        get whole() {
            const topology = known();
            return topology && (whole ??= fitToShow(topology));
        },
        get shown() {
            const topology = known();
            return topology && (shown ??= compose(topology));
        },
        get recording() {
            return recording;
        },
        get order() {
            return order;
        },
        get filter() {
            return filter;
        },
        get selected() {
            return selected;
        },
        onDidChange: changed.event,
        onDidSelect: didSelect.event,
        setOrder(wanted) {
            if (wanted === order) return;
            order = wanted;
            change();
        },
        setFilter(wanted) {
            if (wanted.trim() === filter) return;
            filter = wanted.trim();
            change();
        },
        setSilenced(codes) {
            silenced = codes;
            change();
        },
        select(id) {
            if (id === selected) return;
            selected = id;
            didSelect.fire(id);
        },
        showRecording(wanted) {
            if (wanted === recording) return;
            recording = wanted;
            watchWhileAttended();
            change();
        },
        attend() {
            const attendant = {};
            attendants.add(attendant);
            watchWhileAttended();
            return new vscode.Disposable(() => {
                attendants.delete(attendant);
                watchWhileAttended();
            });
        },
        refresh: async () => fitToShow(recording?.topology ?? (await live.watcher.look())),
        lookLive: async () => live.watcher.look(),
        fitToShow,
        async inspect({ container, containerId, engine }) {
            if (container?.inspected || recording) return container?.inspected;
            const answer = await live.watcher.inspect(containerId, engine?.endpoint);
            return 'reason' in answer ? fitGapToShow(answer) : answer;
        },
        async stores(node) {
            const topology = recording ? undefined : live.watcher.current;
            const facts = topology && factsOf(topology, node);
            const answer = facts && (await live.watcher.stores([facts.address]));
            return answer && 'reason' in answer ? undefined : answer;
        },
        async inspectDocument({ container, containerId, engine }) {
            if (recording) return { value: { about: aboutRecorded, ...(container ?? { id: containerId }) } };
            const answer = await live.watcher.inspectDocument(containerId, engine?.endpoint);
            return 'reason' in answer ? whyNotShown(answer) : answer;
        },
        async specDocument(node) {
            if (recording) return { why: 'A recording does not hold the OCI specs of its containers.' };
            const answer = await live.watcher.specDocument(node);
            return 'reason' in answer ? whyNotShown(answer) : answer;
        },
        async commandLine(process) {
            const answer = recording ? process : await live.watcher.commandLine(process);
            if ('reason' in answer) return { why: `${answer.detail}. ${answer.help}` };
            const { argv, argvTruncated } = answer;
            if (!argv) return { why: 'This recording does not hold its command line.' };
            return { argv: showsSecrets() ? argv : maskArguments(argv), ...(argvTruncated && { argvTruncated }) };
        },
        restart() {
            live.dispose();
            live = follow(openWatcher());
            watchWhileAttended();
            change();
        },
        dispose() {
            live.dispose();
            changed.dispose();
            didSelect.dispose();
        },
    };
}
