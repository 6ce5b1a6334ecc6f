import assert from 'node:assert/strict';
import { listFromFile } from '../../../src/sources/docker/container-file';
import { webId, webRecord } from './fake-daemon';

const otherId = 'cd'.repeat(32);

function list(...records: readonly unknown[]) {
    return listFromFile(JSON.stringify(records), 'list.json', 7);
}

describe('containers listed from a file', () => {
    it('are one engine without an endpoint', () => {
        const listed = list(webRecord, { ...webRecord, Id: otherId, Pid: 99 });
        assert.ok(listed.ok);
        assert.equal(listed.engines.length, 1);
        const [engine] = listed.engines;
        assert.deepEqual(
            [engine?.endpoint, engine?.foundBy, engine?.listedAt, engine?.containers.map(({ id, pid }) => [id, pid])],
            [
                undefined,
                'the file list.json',
                7,
                [
                    [webId, undefined],
                    [otherId, 99],
                ],
            ],
        );
    });

    it('are an engine for each daemon that is named, in either spelling', () => {
        const listed = list(
            { ...webRecord, Engine: '/run/a.sock' },
            { ...webRecord, Engine: '/run/b.sock' },
            { ...webRecord, Id: otherId, Engine: 'unix:///run/a.sock' },
            { ...webRecord, Engine: null },
        );
        assert.ok(listed.ok);
        assert.deepEqual(
            listed.engines.map(({ endpoint, containers }) => [endpoint, containers.length]),
            [
                ['unix:///run/a.sock', 2],
                ['unix:///run/b.sock', 1],
                [undefined, 1],
            ],
        );
    });

    it('may be none', () => {
        const listed = list();
        assert.deepEqual(listed.ok && listed.engines, [{ foundBy: 'the file list.json', containers: [], listedAt: 7 }]);
    });

    it('are refused in one line when the file is no list', () => {
        for (const [text, message] of [
            ['', 'list.json is not valid JSON'],
            ['{}', 'list.json is not a list as of GET /containers/json: expected Array'],
            ['[{"Id":"x"}]', 'list.json is not a list as of GET /containers/json: 0.Id: an id is 64 hex digits'],
            [
                JSON.stringify([{ ...webRecord, Engine: 5 }]),
                'list.json: [0].Engine is not the address of a Docker daemon',
            ],
            [
                JSON.stringify([{ ...webRecord, Engine: '::' }]),
                'list.json: [0].Engine is not the address of a Docker daemon',
            ],
        ] as const) {
            assert.deepEqual(listFromFile(text, 'list.json'), { ok: false, message });
        }
    });
});
