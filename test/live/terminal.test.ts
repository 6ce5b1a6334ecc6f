import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { observe } from '../lab/command';
import { type Dockerd, type Laboratory, openLaboratory } from '../lab/dockerd';
import { importTestImage, testImage } from '../lab/image';
import { readTopology, terminal, terminalCommand, topologyOf, topologyWithoutEngine } from '../lab/topology';
import { truthOf } from '../lab/truth';

describe('the terminal program on a live engine', function () {
    this.timeout(60_000);
    let laboratory: Laboratory;
    let dockerd: Dockerd;

    before(async () => {
        laboratory = openLaboratory();
        dockerd = await laboratory.startDockerd('eng');
        await importTestImage(laboratory, dockerd);
        await dockerd.docker('run', '-d', '--name', 'web', testImage, 'sleep', '1000');
    });
    after(() => laboratory.close());

    it('tree prints each part of the chain on a line of its own, the deeper the further to the right', async () => {
        const { containers, containerdPid, enginePid } = await truthOf(dockerd);
        const { stdout, status } = await terminal('tree', '--docker', dockerd.endpoint);
        assert.equal(status, 0);
        const lines = stdout.split('\n');
        const columns = [enginePid, containerdPid, containers[0]?.shimPid, containers[0]?.mainPid].map((pid) => {
            const line = lines.find((candidate) => new RegExp(`\\b${pid}\\b`).test(candidate)) ?? assert.fail(`${pid}`);
            return line.search(/[A-Za-z]/);
        });
        assert.deepEqual(
            columns,
            [...columns].sort((left, right) => left - right),
        );
        assert.equal(new Set(columns).size, 4, stdout);
        assert.match(stdout, /\bweb\b/);
    });

    it('kernel order shows who started whom, with every process of the host', async () => {
        const { containers } = await truthOf(dockerd);
        const { shimPid = 0, mainPid } = containers[0] ?? assert.fail();
        const topology = await topologyOf([dockerd.endpoint], '--order', 'kernel');
        assert.deepEqual(topology.chain(mainPid).slice(0, 2), [`main ${mainPid}`, `shim ${shimPid}`]);
        assert.ok(!topology.chain(mainPid).some((step) => step.startsWith('containerd')));
        assert.equal(topology.processNodes(process.pid).length, 1, 'this test is a process of the host, too');
    });

    it('shows /proc within the deadline, and ends, though a file of docker’s own hangs as on a mount that is away', async () => {
        const folder = mkdtempSync(join(tmpdir(), 'docker-config-'));
        execFileSync('mkfifo', [join(folder, 'config.json')]);
        const { DOCKER_HOST, DOCKER_CONTEXT, ...others } = process.env;
        assert.deepEqual([DOCKER_HOST, DOCKER_CONTEXT], [undefined, undefined]);
        const words = terminalCommand('tree', '--deadline', '500');
        const environment = { ...others, DOCKER_CONFIG: folder };
        try {
            const command = ['-c', '"$@"; echo "status $?"', 'sh', ...words];
            const { stdout, stderr } = await observe('sh', command, { environment });
            const { enginePid } = await truthOf(dockerd);
            assert.match(stdout, new RegExp(`\\b${enginePid} .*dockerd`));
            assert.match(stdout, /status 137/);
            assert.match(stderr, /ended by force, for files that tell of Docker do not answer/);
        } finally {
            rmSync(folder, { recursive: true });
        }
    });

    it('explain tells the whole lineage, by name, by id and by pid', async () => {
        const { containers, containerdPid, enginePid } = await truthOf(dockerd);
        const { id, mainPid, shimPid } = containers[0] ?? assert.fail();
        for (const asked of ['web', id, id.slice(0, 12), String(mainPid)]) {
            const { stdout, stderr, status } = await terminal('explain', asked, '--docker', dockerd.endpoint);
            assert.equal(status, 0, stderr);
            for (const pid of [mainPid, shimPid, containerdPid, enginePid]) {
                assert.match(stdout, new RegExp(`\\b${pid}\\b`), `explain ${asked}`);
            }
        }
    });

    it('record says at once what is missing from the recording', async () => {
        const { enginePid } = await truthOf(dockerd);
        const { stderr, status } = await terminal('record', '--no-docker', '-o', join(laboratory.folder, 'half.json'));
        assert.equal(status, 0);
        assert.match(stderr, new RegExp(`note: dockerd ${enginePid}: its API was not asked`));
    });

    it('a recording shows the same tree later, without Docker and without this /proc', async () => {
        const file = join(laboratory.folder, 'recording.json');
        const record = await terminal('record', '-o', file, '--docker', dockerd.endpoint);
        assert.equal(record.status, 0, record.stderr);
        const { mainPid = 0 } = (await truthOf(dockerd)).containers[0] ?? assert.fail();
        const live = await topologyOf([dockerd.endpoint]);
        const { stdout, status } = await terminal('tree', '--format', 'json', '--snapshot', file);
        assert.equal(status, 0);
        assert.deepEqual(readTopology(stdout).chain(mainPid), live.chain(mainPid));
    });

    it('a password in an argument is hidden until it is asked for, in a recording, too', async () => {
        const argv = ['sh', '-c', 'sleep 1000; true', 'x', '--password', 'hunter2'];
        await dockerd.docker('run', '-d', '--rm', '--name', 'secretive', testImage, ...argv);
        const file = join(laboratory.folder, 'secretive.json');
        try {
            for (const words of [['tree'], ['tree', '--format', 'json'], ['explain', 'secretive']]) {
                const hidden = await terminal(...words, '--docker', dockerd.endpoint);
                assert.match(hidden.stdout, /--password/);
                assert.doesNotMatch(hidden.stdout, /hunter2/);
                const shown = await terminal(...words, '--docker', dockerd.endpoint, '--show-secrets');
                assert.match(shown.stdout, /hunter2/);
            }
            const recorded = await terminal('record', '-o', file, '--docker', dockerd.endpoint);
            assert.match(recorded.stderr, /what looks like a secret is masked in it/);
            assert.match(readFileSync(file, 'utf8'), /"--password","••••"/);
            assert.doesNotMatch(readFileSync(file, 'utf8'), /hunter2/);
            const whole = await terminal('record', '-o', file, '--docker', dockerd.endpoint, '--show-secrets');
            assert.match(whole.stderr, /passwords too; without --show-secrets they are masked/);
            assert.match(readFileSync(file, 'utf8'), /hunter2/);
            const redacted = await terminal('record', '--redact', '-o', file, '--docker', dockerd.endpoint);
            assert.doesNotMatch(redacted.stderr, /passwords/);
            assert.doesNotMatch(readFileSync(file, 'utf8'), /hunter2/);
        } finally {
            await dockerd.docker('rm', '-f', 'secretive');
        }
    });

    it('compare tells what became of the host since it was recorded', async () => {
        const file = join(laboratory.folder, 'before.json');
        assert.equal((await terminal('record', '-o', file, '--docker', dockerd.endpoint)).status, 0);
        const { mainPid = 0 } = (await truthOf(dockerd)).containers[0] ?? assert.fail();
        await dockerd.docker('restart', '-t', '0', 'web');
        const { stdout, stderr, status } = await terminal('compare', file, '--docker', dockerd.endpoint);
        assert.equal(status, 0, stderr);
        const now = (await truthOf(dockerd)).containers[0] ?? assert.fail();
        assert.match(stdout, new RegExp(`^- +${String(mainPid)} .* sleep 1000 `, 'm'));
        assert.match(stdout, new RegExp(`^\\+ +${String(now.mainPid)} .* sleep 1000 `, 'm'));
        assert.match(stdout, new RegExp(`^ +first process +pid ${String(mainPid)} → pid ${String(now.mainPid)}$`, 'm'));
        assert.match(
            stdout,
            new RegExp(`^Moved: 1\n  web · .*\n.*\n.* → containerd-shim[^ ]* \\(${String(now.shimPid)}\\)$`, 'm'),
        );
    });

    it('mermaid and dot name the container', async () => {
        for (const [format, start] of [
            ['mermaid', /^(flowchart|graph) /],
            ['dot', /^digraph /],
        ] as const) {
            const { stdout, status } = await terminal('tree', '--format', format, '--docker', dockerd.endpoint);
            assert.equal(status, 0);
            assert.match(stdout, start);
            assert.match(stdout, /\bweb\b/);
        }
    });
});

describe('the terminal program asked for something impossible', function () {
    this.timeout(60_000);
    const folder = mkdtempSync(join(tmpdir(), 'impossible-'));
    const path = (name: string): string => join(folder, name);
    const sample = join(__dirname, '../../../media/sample-host.json');
    before(() => {
        writeFileSync(path('cut.json'), '{"schema": "docker-runtime/snapshot@1", "processes": [');
        writeFileSync(path('other.json'), '{"schema": "docker-runtime/snapshot@999"}');
        writeFileSync(path('wrong.json'), '{"schema": "docker-runtime/snapshot@1", "processes": 7}');
        execFileSync('mkfifo', [path('pipe')]);
        writeFileSync(path('list.json'), '{"not": "a list"}');
    });
    after(() => rmSync(folder, { recursive: true }));

    const impossible: Readonly<Record<string, readonly string[]>> = {
        'an unknown option': ['tree', '--no-such-option'],
        'an unknown command': ['branch'],
        'an unknown order': ['tree', '--order', 'alphabetical'],
        'an unknown format': ['tree', '--format', 'pdf'],
        'an option without its value': ['tree', '--docker'],
        'an endpoint that is none': ['tree', '--docker', 'gopher://x'],
        'nothing to explain': ['explain', '--no-docker'],
        'a container that is not there': ['explain', 'no-such-container', '--no-docker'],
        'a missing snapshot': ['tree', '--snapshot', path('missing.json')],
        'a snapshot that is cut off': ['tree', '--snapshot', path('cut.json')],
        'a snapshot of an unknown version': ['tree', '--snapshot', path('other.json')],
        'a snapshot with wrong parts': ['tree', '--snapshot', path('wrong.json')],
        'a missing list of containers': ['tree', '--containers', path('missing.json')],
        'a list of containers that is none': ['tree', '--containers', path('list.json')],
        'a proc root that is no proc': ['tree', '--no-docker', '--proc', folder],
        'a proc root that is missing': ['tree', '--no-docker', '--proc', path('missing')],
        'a folder that is missing for the recording': ['record', '--no-docker', '-o', path('missing/recording.json')],
        'a recording without a file': ['record', '--no-docker'],
        'a recording in the place of a folder': ['record', '--no-docker', '-o', folder],
        'no looks at all': ['tree', '--no-docker', '--repeat', '0'],
        'a negative number of looks': ['tree', '--no-docker', '--repeat', '-1'],
        'a proc root that is a file': ['tree', '--no-docker', '--proc', __filename],
        'a proc root without a name': ['tree', '--no-docker', '--proc', ''],
        'an endpoint without a name': ['tree', '--docker', ''],
        'a snapshot that is a folder': ['tree', '--snapshot', folder],
        'a snapshot that never ends': ['tree', '--snapshot', '/dev/zero'],
        'a recording and a live engine at once': ['tree', '--snapshot', sample, '--docker', 'unix:///x.sock'],
        'an engine and none at once': ['tree', '--no-docker', '--docker', 'unix:///x.sock'],
        'nothing to compare': ['compare'],
        'three recordings to compare': ['compare', sample, sample, sample],
        'a missing recording to compare': ['compare', path('missing.json'), sample],
        'a recording to compare with that is cut off': ['compare', sample, path('cut.json')],
        'a comparison as a diagram': ['compare', sample, sample, '--format', 'mermaid'],
        'a comparison of two recordings with a live engine': ['compare', sample, sample, '--docker', 'unix:///x.sock'],
        'a comparison with an engine that is not there': ['compare', sample, '--docker', `unix://${path('dead.sock')}`],
        'a comparison by the wrong option': ['compare', '--snapshot', sample],
        'a snapshot that is a pipe': ['tree', '--snapshot', path('pipe')],
        'a strange number of looks at a recording': ['tree', '--snapshot', sample, '--repeat', 'often'],
        'a command by a name that every object has': ['constructor'],
        'an option of another command': ['tree', '--snapshot', sample, '-o', path('never.json')],
    };
    for (const [what, args] of Object.entries(impossible)) {
        it(`${what}: one line, exit status 2, nothing on stdout`, async () => {
            const { status, stdout, stderr } = await terminal(...args);
            assert.equal(stdout, '');
            assert.match(stderr, /^[^\n]+\n$/);
            assert.doesNotMatch(stderr, /\bat .*:\d+:\d+/, 'not a stack trace');
            assert.equal(status, 2);
        });
    }

    it('compares two recordings, and a recording with itself', async () => {
        const same = await terminal('compare', sample, sample);
        assert.match(same.stdout, /\n\nNothing appeared, went, moved or changed\.\n$/);
        assert.deepEqual([same.stderr, same.status], ['', 0]);
        const { stdout, status } = await terminal('compare', sample, sample, '--format', 'json');
        assert.equal((JSON.parse(stdout) as { readonly schema: string }).schema, 'docker-runtime/comparison@1');
        assert.equal(status, 0);
    });

    it('says of a recording how old it is, and measures each look at it', async () => {
        const { stderr } = await terminal('tree', '--snapshot', sample);
        assert.match(stderr, /^note: A recording of sample-host, taken .* ago \(.* UTC\): nothing here is live\.\n$/);
        const { stdout } = await terminal('explain', 'web', '--snapshot', sample);
        assert.match(stdout, /^web · .* · recorded .* ago\n/);
        assert.match(stdout, /\n {2}started .* before the recording\n/);
        const measured = await terminal(
            ...['tree', '--format', 'json', '--snapshot', sample, '--repeat', '3', '--timings'],
        );
        assert.equal(measured.stderr.match(/^{"look":"full","ms":.*}$/gm)?.length, 3);
    });

    it('prints no control of a terminal as JSON either', async () => {
        const recorded = readFileSync(sample, 'utf8').replace('"top"', '"\u009b2Jtop"');
        writeFileSync(path('controls.json'), recorded);
        const { stdout } = await terminal('tree', '--format', 'json', '--snapshot', path('controls.json'));
        assert.ok(stdout.includes(String.raw`"\u009b2Jtop"`));
        // eslint-disable-next-line no-control-regex -- these are what must not be there
        assert.doesNotMatch(stdout, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
    });

    it('says that its output could not be written, but not that a reader had enough of it', async () => {
        const program = `node dist/cli.js tree --format json --snapshot ${sample}`;
        const full = await observe('bash', ['-c', `${program} > /dev/full`]);
        assert.match(full.stderr, /^docker-runtime: cannot write the output: [^\n]+\n$/);
        assert.equal(full.status, 2);
        const enough = await observe('bash', ['-o', 'pipefail', '-c', `${program} | head -1`]);
        assert.deepEqual([enough.stdout, enough.stderr, enough.status], ['{\n', '', 0]);
    });

    it('a dead socket is one line and exit status 2, too, but what /proc tells is shown', async () => {
        await topologyWithoutEngine(`unix://${path('dead.sock')}`);
    });
});
