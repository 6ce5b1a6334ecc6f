import assert from 'node:assert/strict';
import { performance } from 'node:perf_hooks';
import type { Snapshot } from '../../src/model/snapshot';
import { buildTopology } from '../../src/topology/build';
import { readMachine } from '../machines/read-machine';

/** So many containers, each with a shim that has grown, a session with its client, a zombie, and two proxies, one left over. */
function hostWith(count: number): Snapshot {
    const lines = Array.from({ length: count }, (_, index) => {
        const id = `c${String(index)}`;
        const pid = 1_000 + index * 10;
        const is = (offset: number) => String(pid + offset);
        const address = `10.${String(index >> 8)}.${String(index & 255)}`;
        const proxy = (ip: string) =>
            `docker-proxy -proto tcp -host-ip 0.0.0.0 -host-port ${is(0)} -container-ip ${ip}`;
        return [
            `${is(0)} 1 900 S = cgroup=/c nspid= rss=100 : containerd-shim-runc-v2 -namespace moby -id {${id}} -address /c.sock`,
            `${is(1)} ${is(0)} 905 S = cgroup=/docker/{${id}} nspid=1 : nginx`,
            `${is(2)} ${is(0)} 5000 S = cgroup=/docker/{${id}} nspid=7 : sh`,
            `${is(3)} ${is(1)} 950 Z = cgroup=/docker/{${id}} nspid=8 comm=curl :`,
            `${is(4)} 1 4990 S = cgroup=/ : docker exec ${id} sh`,
            `${is(5)} 600 950 S = cgroup=/d : ${proxy(`${address}.2`)}`,
            `${is(6)} 600 950 S = cgroup=/d : ${proxy(`${address}.3`)}`,
        ].join('\n');
    });
    const containers = lines.map((_, index) => {
        const address = `10.${String(index >> 8)}.${String(index & 255)}.2`;
        return `container {c${String(index)}} c${String(index)} nginx running ip=bridge/${address}`;
    });
    return readMachine(`# a host
500 1 400 S = cgroup=/c listens=/c.sock nspid= : /usr/bin/containerd
600 1 500 S = cgroup=/d listens=/run/docker.sock nspid= : /usr/bin/dockerd --containerd=/c.sock
${lines.join('\n')}
engine unix:///run/docker.sock
${containers.join('\n')}`).snapshot;
}

/** The quickest of some, so that a busy machine does not count. */
function millisecondsFor(snapshot: Snapshot): number {
    const times = Array.from({ length: 5 }, () => {
        const start = performance.now();
        assert.ok(buildTopology(snapshot).findings.length > 0);
        return performance.now() - start;
    });
    return Math.min(...times);
}

describe('what a topology costs', function () {
    this.timeout(60_000);

    it('grows with the host, and not with its square', () => {
        const [small, large] = [hostWith(250), hostWith(2_000)];
        millisecondsFor(small);
        const times = millisecondsFor(large) / millisecondsFor(small);
        // Eight times the host, whose garbage is collected beside it: 64 times the work, were it quadratic.
        assert.ok(times < 30, `${times.toFixed(1)} times as long`);
    });
});
