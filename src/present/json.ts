import { witnessesOf } from './witnesses';
import { findingsToJson } from './findings';
import { imageOf, namesOf } from '../topology/container-names';
import type { ContainerNode, EngineNode, ProcessNode, Topology, TopologyNode } from '../topology/topology';

/** The name and version of the format; it may gain fields, and these stay. */
const topologySchema = 'docker-runtime/topology@1';

/** The topology as the terminal prints it and as tools read it. An unknown value is null or absent, never invented. */
export interface TopologyDocument {
    readonly schema: typeof topologySchema;
    /** ISO 8601. */
    readonly takenAt: string;
    readonly order: Topology['order'];
    readonly roots: Topology['roots'];
    readonly nodes: readonly Readonly<Record<string, unknown>>[];
    readonly findings: readonly Readonly<Record<string, unknown>>[];
    /** Codes of which nothing is found and nobody can be sure, because too little could be seen. */
    readonly unjudged: Topology['unjudged'];
    readonly gaps: Topology['gaps'];
}

export function topologyToJson(topology: Topology): TopologyDocument {
    const { snapshot, order, roots, nodes, unjudged, gaps } = topology;
    return {
        schema: topologySchema,
        takenAt: snapshot.takenAt,
        order,
        roots,
        nodes: [...nodes.values()].map((node) => nodeToJson(topology, node)),
        findings: findingsToJson(topology),
        unjudged,
        gaps,
    };
}

export function nodeToJson(topology: Topology, node: TopologyNode): Readonly<Record<string, unknown>> {
    const { id, kind, parent, link, children } = node;
    return { id, kind, parent, link, children, ...contentOf(topology, node) };
}

function contentOf(topology: Topology, node: TopologyNode): Readonly<Record<string, unknown>> {
    switch (node.kind) {
        case 'engine':
            return engineToJson(node);
        case 'container':
            return { ...containerToJson(node), witnesses: witnessesOf(topology, node) };
        case 'process':
            return processToJson(node);
    }
}

function engineToJson({ engine, process, evidence, containerdAddress }: EngineNode) {
    return {
        role: engine?.product ?? 'dockerd',
        pid: process?.pid ?? null,
        ppid: process?.ppid,
        startTicks: process?.startTicks,
        comm: process?.comm,
        argv: process?.argv,
        endpoint: engine?.endpoint ?? null,
        foundBy: engine?.foundBy,
        version: engine?.version ?? null,
        apiVersion: engine?.apiVersion,
        containerdAddress,
        listedAt: engine?.listedAt === undefined ? undefined : new Date(engine.listedAt).toISOString(),
        stale: engine?.problem !== undefined && engine.listedAt !== undefined,
        problem: engine?.problem?.reason,
        evidence,
    };
}

function processToJson({ process, role, shim, evidence, containerId, pidInContainer, addresses }: ProcessNode) {
    const { pid, ppid, startTicks, session, comm, argv, argvTruncated, state, uid, residentBytes } = process;
    return {
        role,
        pid,
        ppid,
        startTicks,
        session,
        comm,
        argv: argv ?? null,
        argvTruncated,
        state,
        uid,
        residentBytes,
        pidInContainer,
        containerId,
        shim,
        addresses,
        evidence,
    };
}

function containerToJson(node: ContainerNode) {
    const {
        containerId,
        container,
        containerd,
        engine,
        namespace,
        mainPid,
        mainEvidence,
        pod,
        guest,
        isBuildStep,
        verdict,
        doubt,
    } = node;
    return {
        containerId,
        name: namesOf(node)[0] ?? null,
        image: imageOf(node) ?? null,
        state: container?.state ?? null,
        status: container?.status,
        endpoint: engine?.endpoint,
        namespace,
        pod: pod?.sandbox,
        podName: pod?.name,
        podNamespace: pod?.namespace,
        podUid: pod?.uid,
        podQualityOfService: pod?.qualityOfService,
        guest: guest?.kind,
        isBuildStep,
        containerd: containerd && {
            runtime: containerd.container?.runtime,
            taskPid: containerd.task?.pid ?? null,
            taskStatus: containerd.task?.status ?? null,
            exitStatus: containerd.task?.exitStatus,
            silence: containerd.silence,
        },
        mainPid: mainPid ?? null,
        verdict,
        doubt,
        stale: engine?.problem !== undefined,
        evidence: mainEvidence,
    };
}
