/** Scenes for the picture's page, as the presentation writes them. */
import type { Scene, SceneNode } from '../../src/present/scene';

/** One engine with so many running containers, each with a shim and so many processes (the first one is its main). */
export function hostWith(containers: number, processes: number): Scene {
    const nodes: SceneNode[] = [
        node('engine', null, 'dockerd', '28.2.2 · pid 1041', 'engine'),
        node('containerd', 'engine', 'containerd', '1.7.27 · pid 908', 'containerd', {
            kind: 'managed',
            evidence: [
                'socket: dockerd is connected to /run/containerd/containerd.sock',
                'argv: --containerd=/run/containerd/containerd.sock',
            ],
        }),
    ];
    for (let index = 0; index < containers; index++) {
        const name = `${names[index % names.length]}-${index + 1}`;
        const pid = 20_000 + index * 10;
        nodes.push(
            node(`shim-${index}`, 'containerd', 'containerd-shim', `v2 · runc · pid ${pid}`, 'shim', {
                kind: 'managed',
                evidence: ['argv: -address /run/containerd/containerd.sock', `ppid: 1, because a shim detaches itself`],
            }),
            {
                ...node(
                    `container-${index}`,
                    `shim-${index}`,
                    name,
                    `${images[index % images.length]} · up 3 hours`,
                    stateOf(index),
                    {
                        kind: 'managed',
                        evidence: [`argv: -id ${'3fa9'.repeat(4)}…`, `docker: State.Pid is ${pid + 1}`],
                    },
                ),
                tone: index % 23 === 22 ? 'warning' : index % 41 === 40 ? 'error' : 'normal',
            },
        );
        for (let place = 0; place < processes; place++) {
            const parent = place === 0 ? `container-${index}` : `process-${index}-0`;
            const [label, icon] = commands[place % commands.length] ?? (['sh', 'process'] as const);
            nodes.push(
                node(`process-${index}-${place}`, parent, label, `pid ${pid + 1 + place} · ${place + 1} inside`, icon, {
                    kind: place === 0 ? 'member' : 'spawned',
                    evidence: [place === 0 ? `cgroup: /system.slice/docker-3fa9.scope` : `ppid: ${pid + 1}`],
                }),
            );
        }
    }
    nodes.push({
        ...node('stopped', 'engine', 'migrate', 'postgres:16 · exited (0) 2 hours ago', 'container-stopped', {
            kind: 'managed',
            evidence: ['docker: listed by GET /containers/json?all=1'],
        }),
        tone: 'muted',
    });
    return sceneOf(nodes);
}

export function sceneOf(nodes: readonly SceneNode[], notices: readonly string[] = []): Scene {
    return {
        title: 'dockerd 28.2.2 · unix:///var/run/docker.sock',
        order: 'ownership',
        takenAt: '2026-01-05T09:30:00.000Z',
        notices,
        nodes,
    };
}

export function node(
    id: string,
    parent: string | null,
    label: string,
    description: string,
    icon: SceneNode['icon'],
    link: SceneNode['link'] = null,
): SceneNode {
    return { id, parent, label, description, icon, tone: 'normal', link, accessibleLabel: `${label}, ${description}` };
}

function stateOf(index: number): SceneNode['icon'] {
    return index % 17 === 16 ? 'container-paused' : index % 29 === 28 ? 'container-restarting' : 'container-running';
}

const names = ['web', 'api', 'postgres', 'redis', 'worker', 'mail', 'search', 'metrics-collector'];
const images = ['nginx:1.27', 'registry.example/shop/api:2026.1.3', 'postgres:16', 'redis:7-alpine'];
const commands = [
    ['nginx', 'main'],
    ['worker process', 'process'],
    ['sh -c ./check', 'healthcheck'],
    ['bash', 'exec'],
    ['sleep', 'process'],
] as const;
