import type { FindingCode } from '../topology/topology';

export interface FindingWords {
    readonly title: (told: Told) => string;
    readonly meaning: string;
    readonly next: string;
}

export interface Told {
    /** The name of what it is shown at. */
    readonly subject: string;
    /** How many there are of its kind, that one among them. */
    readonly count: number;
    /** Who says whether the container runs. */
    readonly speaker: 'Docker' | 'Podman' | 'containerd';
}

/** What each code means. Written for somebody who meets it for the first time, at the wrong hour. */
export const meanings: Readonly<Record<FindingCode, FindingWords>> = {
    'container-without-process': {
        title: ({ subject, speaker }) => `${subject}: ${speaker} says it runs, but its first process does not live`,
        meaning: 'The container has ended, and its daemons were not told: one of them or its shim missed it.',
        next: 'Ask Docker what it believes. Restarting the container makes its word true again, but only while no other process has the State.Pid that it names: it may signal that pid.',
    },
    'pid-of-another': {
        title: ({ subject }) => `${subject}: the pid that Docker names belongs to another process`,
        meaning:
            'Docker remembers a pid that is not the container’s, or not any more. A stranger may have it, and what Docker does by that pid would hit that one.',
        next: 'Do nothing to it through Docker: stop, kill, restart, rm -f and a stop of the daemon may each signal that pid. Look whose process it is; once no process has that pid, docker stop harms nobody.',
    },
    'process-of-a-stopped-container': {
        title: ({ subject, speaker }) => `${subject}: ${speaker} says it does not run, but a process of it lives`,
        meaning: 'It still uses its memory, ports and volumes, and starting the container again would run it twice.',
        next: 'Look at the process. End it by its pid before you start the container again.',
    },
    'wedged-container': {
        title: ({ subject }) => `${subject}: Docker does not answer when asked about it`,
        meaning:
            'Docker lists it, but inspect hangs: an exec, stop or stats of it waits for a shim or a process that does not answer, and holds the lock of this container.',
        next: 'Look at its shim and its processes for state D or T. Other containers are not affected.',
    },
    'containerd-disagrees': {
        title: ({ subject }) => `${subject}: it runs, but its containerd says otherwise`,
        meaning:
            'containerd has lost its task, or takes it for stopped or for another process. What goes through containerd (stop, exec, its end) will fail or not be noticed.',
        next: 'Look at its shim: one that is stopped (state T) or hangs gives containerd no answer. If the shim is well, the container has to be started anew to be managed again.',
    },
    'container-without-shim': {
        title: ({ subject }) => `${subject}: its shim is gone, and it goes on unmanaged`,
        meaning: 'Nobody holds its output, nobody will report how it ends, and Docker can neither stop nor enter it.',
        next: 'Look at its processes. To be managed again, it has to be ended by its pid and started anew.',
    },
    'unknown-container': {
        title: ({ subject }) => `${subject}: no engine that was asked knows it`,
        meaning:
            'It was made by something else than the engines here (ctr, a builder, an agent), or its engine has lost it.',
        next: 'Look at its processes. If they are not wanted, ask the containerd of its shim for its task.',
    },
    'orphan-shim': {
        title: ({ subject, count }) => `${subject}: no containerd manages it${count > 1 ? ', nor others like it' : ''}`,
        meaning: 'The containerd that started it is gone. The container goes on, but nobody is told how it ends.',
        next: 'Start that containerd (or the dockerd that runs it) again: it takes its shims over.',
    },
    'shim-without-container': {
        title: ({ subject }) => `${subject}: it holds no container any more`,
        meaning: 'Its container has ended, and containerd has not told it to go: it was left behind.',
        next: 'Look whether containerd still has a task of that id. A shim without one can be ended by its pid.',
    },
    'grown-shim': {
        title: ({ subject }) => `${subject}: it uses far more memory than a shim needs`,
        meaning: 'Shims do little. One that grows usually leaks with every exec session, such as a health check.',
        next: 'Look how often something is executed in its container. Restarting the container gives it a new shim.',
    },
    zombies: {
        title: ({ subject, count }) =>
            `${subject}: ended, and not reaped by its parent${count > 1 ? ', nor are others' : ''}`,
        meaning:
            'Its parent has not asked how it ended, so it keeps its pid. In a container the first process inherits every orphan, and a program that was not written as an init does not reap them.',
        next: 'If the parent is the first process of a container, run it with docker run --init (or init: true in Compose). Otherwise the parent is stopped, or has a bug.',
    },
    uninterruptible: {
        title: ({ subject }) => `${subject}: waits in the kernel and takes no signals`,
        meaning:
            'It is in state D, and has not moved from one look to the next: it waits for a disk, a network file system or memory. Until that is over, no signal reaches it (SIGKILL does, in some waits), so stop and exec of its container may hang too.',
        next: 'See what it waits in, and look at the storage or the memory limit behind it.',
    },
    'runc-did-not-exit': {
        title: ({ subject }) => `${subject}: runc should have finished long ago`,
        meaning:
            'runc makes or changes a container and exits at once. One that stays waits for a hook, a lock or a file system.',
        next: 'See what it waits in. The container above it is stuck between two states until it goes on.',
    },
    'exec-without-client': {
        title: ({ subject }) => `${subject}: an exec session whose client is not seen`,
        meaning:
            'No docker client that could have started it runs on this host: it was left behind when its client went, or was started with -d, by a program, or from elsewhere. A session does not end with its client.',
        next: 'If nobody needs it, end it by its pid; the container goes on.',
    },
    'proxy-without-container': {
        title: ({ subject }) => `${subject}: it holds a port for a container that is not there`,
        meaning: 'Connections to that port lead nowhere, and no other container can publish it.',
        next: 'See who holds the port. A docker-proxy that outlived its container can be ended by its pid.',
    },
    'proxy-port-taken': {
        title: ({ subject }) => `${subject}: another docker-proxy publishes the same port for a container`,
        meaning: 'One of them is left over: connections may go to an address that no container has.',
        next: 'See who holds the port. The docker-proxy whose address nobody has can be ended by its pid.',
    },
    'daemon-down': {
        title: ({ subject, count }) =>
            `${subject}${count > 1 ? ' and others' : ''}: running, while the Docker daemon is down`,
        meaning:
            'They go on under their shims. Whether they survive the next start of dockerd depends on live-restore: with it they are taken over, without it they are stopped.',
        next: 'See why dockerd ended before you start it. Without live-restore, expect these containers to stop then.',
    },
    'daemon-not-answering': {
        title: ({ subject }) => `${subject}: it does not answer`,
        meaning:
            'It accepts connections, but lets every deadline pass: it is stopped or deadlocked, or has been starting for minutes.',
        next: 'Look at its state: T is stopped (SIGCONT wakes it), D waits for a disk. It is asked again by itself.',
    },
    'shared-data-root': {
        title: ({ subject }) => `${subject}: another dockerd keeps its data in the same folder`,
        meaning: 'Each of them believes that it alone writes there: images and containers get damaged.',
        next: 'Find out which one is meant to run, and stop the other before anything is pulled or removed.',
    },
    'deleted-executable': {
        title: ({ subject, count }) =>
            `${subject}${count > 1 ? ' and others' : ''}: its program was replaced or removed since it started`,
        meaning: 'Usually an upgrade: the old program goes on running until it is started again.',
        next: 'Restart the daemon when it suits you. A shim gets the new program when its container is started again.',
    },
    'host-namespaces': {
        title: ({ subject }) => `${subject}: it shares namespaces with its host`,
        meaning:
            'What it shares, it can see and often change: the processes, the network or the shared memory of the host.',
        next: 'Nothing, if it was meant so (--pid=host, --network=host, --ipc=host).',
    },
    privileged: {
        title: ({ subject }) => `${subject}: it may do what its daemon may do on the host`,
        meaning:
            'It has every capability and no seccomp filter, as --privileged gives. Whoever is root inside may do outside what the user of its daemon may: everything, unless that is rootless.',
        next: 'Nothing, if it was meant so. Often a single capability or device is enough.',
    },
    unhealthy: {
        title: ({ subject }) => `${subject}: its health check fails`,
        meaning: 'Docker ran the check that its image or its options define, and it failed several times in a row.',
        next: 'Read what the last check wrote; Docker itself does not restart an unhealthy container.',
    },
};

/** All that can be silenced. */
export const findingCodes: readonly string[] = Object.keys(meanings);
