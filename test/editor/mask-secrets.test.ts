import assert from 'node:assert/strict';
import { maskSecrets } from '../../src/editor/mask-secrets';

describe('the documents about a container', () => {
    it("hide the values of an engine's and of a specification's environment, and nothing else", () => {
        const inspected = { Config: { Env: ['PASSWORD=a=b', 'EMPTY='], Cmd: ['x=y'] } };
        assert.deepEqual(maskSecrets(inspected), { Config: { Env: ['PASSWORD=••••', 'EMPTY=••••'], Cmd: ['x=y'] } });
        const spec = { process: { env: ['TOKEN=secret', 'BARE'], args: ['sh'] }, root: { path: 'rootfs' } };
        assert.deepEqual(maskSecrets(spec), {
            process: { env: ['TOKEN=••••', 'BARE'], args: ['sh'] },
            root: { path: 'rootfs' },
        });
    });

    it('stay as they are where there is no environment', () => {
        for (const document of [null, 1, 'text', [], {}, { Config: null }, { process: { env: 'A=b' } }]) {
            assert.equal(maskSecrets(document), document);
        }
    });
});
