// Builds everything that runs: the extension, the child process that reads /proc, the terminal program and the page.
//   node esbuild.mjs [--watch] [--production] [--tests]
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import * as esbuild from 'esbuild';

const flags = new Set(process.argv.slice(2));
for (const flag of flags) {
    if (!['--watch', '--production', '--tests'].includes(flag)) {
        console.error(`esbuild.mjs: unknown option ${flag}; known are --watch, --production and --tests`);
        process.exit(2);
    }
}
const production = flags.has('--production');
const root = import.meta.dirname;

/**
 * dockerode's optional parts drag in gRPC, protobuf, ssh2 and tar: BuildKit sessions, ssh:// endpoints and image
 * builds, none of which this product does. Each is replaced by a module that says so when it is called.
 */
const withoutDockerodesOptionalParts = {
    name: 'without-dockerodes-optional-parts',
    setup(build) {
        const optional = [
            { filter: /^\.\/(session|buildkit)$/, importer: /[\\/]dockerode[\\/]/ },
            { filter: /^\.\/ssh$/, importer: /[\\/]docker-modem[\\/]/ },
            {
                filter: /^(tar-fs|@balena\/dockerignore|@grpc\/grpc-js|@grpc\/proto-loader|protobufjs)$/,
                importer: /[\\/]dockerode[\\/]/,
            },
        ];
        for (const { filter, importer } of optional) {
            build.onResolve({ filter }, (args) =>
                importer.test(args.importer) ? { path: args.path, namespace: 'left-out' } : undefined,
            );
        }
        build.onLoad({ filter: /.*/, namespace: 'left-out' }, (args) => ({
            contents: `module.exports = new Proxy(function () {}, {
                get(target, name) { return name === '__esModule' ? false : module.exports; },
                apply() { throw new Error(${JSON.stringify(`dockerode's ${args.path} is not part of this build`)}); },
                construct() { throw new Error(${JSON.stringify(`dockerode's ${args.path} is not part of this build`)}); },
            });`,
        }));
    },
};

/**
 * grpc-js brings a reader of .proto files for its own debugging service, which nobody here starts. What is said about
 * dockerode's parts holds for it, too.
 */
const withoutProtoLoader = {
    name: 'without-proto-loader',
    setup(build) {
        build.onResolve({ filter: /^@grpc\/proto-loader$/ }, () => ({ path: 'proto-loader', namespace: 'left-out' }));
    },
};

/**
 * What both programs load when somebody is to be asked is in files of its own: all of a file is read and compiled at
 * its start. Few hosts let their containerd be asked, and some have no Docker.
 */
const clientsApart = {
    name: 'clients-apart',
    setup(build) {
        const apart = { 'dockerode.js': /^dockerode$/, 'containerd.js': /\/sources\/containerd\/client$/ };
        for (const [file, filter] of Object.entries(apart)) {
            build.onResolve({ filter }, ({ kind }) =>
                kind === 'dynamic-import' ? { path: `./${file}`, external: true } : undefined,
            );
        }
    },
};

/**
 * Each file that imports the module vscode would copy its five hundred members one by one, which takes longer than all
 * else that happens while the extension is loaded. Of an object that only inherits them, there is nothing to copy.
 */
const vscodeInherited = {
    name: 'vscode-inherited',
    setup(build) {
        const namespace = 'vscode-inherited';
        build.onResolve({ filter: /^vscode$/ }, (args) =>
            args.namespace === namespace ? { path: args.path, external: true } : { path: args.path, namespace },
        );
        build.onLoad({ filter: /.*/, namespace }, () => ({
            contents: `module.exports = Object.create(require('vscode'))`,
        }));
    },
};

/** The lines that the watch task of .vscode/tasks.json waits for: one pair for all programs, or F5 would start early. */
const underWay = new Set();
const reportsProgress = {
    name: 'reports-progress',
    setup(build) {
        build.onStart(() => {
            if (underWay.size === 0) console.log('building');
            underWay.add(build);
        });
        build.onEnd(() => {
            underWay.delete(build);
            if (underWay.size === 0) console.log('built');
        });
    },
};

const shared = {
    absWorkingDir: root,
    bundle: true,
    legalComments: 'none',
    minify: production,
    sourcemap: production ? false : 'linked',
    logLevel: flags.has('--watch') ? 'error' : 'warning',
    plugins: [withoutDockerodesOptionalParts, withoutProtoLoader, ...(flags.has('--watch') ? [reportsProgress] : [])],
};
const forNode = { ...shared, platform: 'node', target: 'node20', format: 'cjs', external: ['vscode'] };

const withClientsApart = {
    ...forNode,
    plugins: [...shared.plugins, clientsApart, vscodeInherited],
    // As require(), which every extension host has.
    supported: { 'dynamic-import': false },
};

const programs = [
    { ...withClientsApart, entryPoints: ['src/extension.ts'], outdir: 'dist' },
    { ...withClientsApart, entryPoints: ['src/cli.ts'], outdir: 'dist' },
    { ...forNode, entryPoints: { dockerode: 'dockerode' }, outdir: 'dist' },
    { ...forNode, entryPoints: { containerd: 'src/sources/containerd/client.ts' }, outdir: 'dist' },
    { ...forNode, entryPoints: { reader: 'src/sources/procfs/reader-process.ts' }, outdir: 'dist' },
    {
        ...shared,
        entryPoints: { page: 'webview/page.ts' },
        outdir: 'dist',
        platform: 'browser',
        target: 'es2022',
        format: 'iife',
    },
];
if (flags.has('--tests')) {
    const tests = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' }).filter((file) =>
        file.endsWith('.test.ts'),
    );
    programs.push({
        ...forNode,
        entryPoints: [
            ...tests,
            'host/index.ts',
            'lab/soak.ts',
            'bench/bench.ts',
            'bench/garbage.ts',
            'sources/procfs/looker.ts',
        ].map((file) => join('test', file)),
        outbase: 'test',
        outdir: 'dist/test',
        // Test tools stay packages; dockerode is bundled so that tests meet it as the product does.
        external: [
            'vscode',
            'mocha',
            'fast-check',
            'playwright-core',
            'axe-core',
            'esbuild',
            '@vscode/*',
            'typescript',
            'ps-list',
            'systeminformation',
        ],
    });
}

if (flags.has('--watch')) {
    await Promise.all(programs.map(async (options) => (await esbuild.context(options)).watch()));
} else {
    const built = await Promise.allSettled(programs.map((options) => esbuild.build(options)));
    // esbuild has already said what is wrong, and where.
    if (built.some(({ status }) => status === 'rejected')) process.exitCode = 1;
}
