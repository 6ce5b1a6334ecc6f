import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseCgroup } from '../../../src/sources/procfs/cgroup';

function parse(content: string | Buffer) {
    const bytes = Buffer.alloc(70_000, '0::/stale\n');
    return parseCgroup(bytes, Buffer.from(content).copy(bytes));
}

const id = 'ab12'.repeat(16);

describe('/proc/PID/cgroup', () => {
    it('tells the unified hierarchy', () => {
        const path = `/system.slice/docker-${id}.scope`;
        assert.deepEqual(parse(`0::${path}\n`), [{ hierarchy: 0, controllers: '', path }]);
    });

    it('tells every hierarchy of a hybrid host', () => {
        assert.deepEqual(
            parse(`12:cpu,cpuacct:/docker/${id}\n1:name=systemd:/docker/${id}\n0::/system.slice/containerd.service\n`),
            [
                { hierarchy: 12, controllers: 'cpu,cpuacct', path: `/docker/${id}` },
                { hierarchy: 1, controllers: 'name=systemd', path: `/docker/${id}` },
                { hierarchy: 0, controllers: '', path: '/system.slice/containerd.service' },
            ],
        );
    });

    for (const path of ['/x:y z)', '/a::b', `/docker/${id} (deleted)`, `/../${id}`, '/', '/docker/\ufffd', '']) {
        it(`keeps the path ${JSON.stringify(path)} as the kernel wrote it`, () => {
            assert.deepEqual(parse(`4:memory:${path}\n`), [{ hierarchy: 4, controllers: 'memory', path }]);
        });
    }

    it('tells apart paths of different bytes', () => {
        const paths = [0xfe, 0xff].map((byte) => parse(Buffer.concat([Buffer.from('0::/'), Buffer.of(byte, 0x0a)])));
        assert.deepEqual(
            paths.map((lines) => lines?.[0]?.path),
            ['/\udcfe', '/\udcff'],
        );
    });

    for (const content of ['nonsense\n', '0:\n', ':\n', '0::/a\nnonsense\n', '-1::/\n', 'x::/\n', '99999999999::/\n']) {
        it(`does not understand ${JSON.stringify(content)}, and says so`, () =>
            assert.equal(parse(content), undefined));
    }

    it('is empty where the file is', () => assert.deepEqual(parse(''), []));

    it('reads back whatever was written', function () {
        this.timeout(60_000);
        const line = fc.record(
            {
                hierarchy: fc.nat(99),
                controllers: fc.constantFrom('', 'memory', 'cpu,cpuacct', 'name=systemd'),
                path: fc.string({ unit: 'binary', maxLength: 60 }).map((text) => `/${text.replaceAll('\n', ':')}`),
            },
            { noNullPrototype: true },
        );
        fc.assert(
            fc.property(fc.array(line, { maxLength: 14 }), (lines) => {
                const content = lines.map((one) => `${one.hierarchy}:${one.controllers}:${one.path}\n`).join('');
                assert.deepEqual(parse(content), lines);
            }),
            { seed: 1, numRuns: 3_000 },
        );
    });
});
