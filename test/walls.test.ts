import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, relative } from 'node:path';
import ts from 'typescript';

/** The folder is the permission: what each room may import besides itself. `types:` allows type-only imports alone. */
const rooms: Readonly<Record<string, readonly string[]>> = {
    'src/model': [],
    'src/sources/procfs': ['src/model', 'node'],
    'src/sources/docker': ['src/model', 'node', 'dockerode', 'valibot'],
    'src/sources/containerd': ['src/model', 'node', '@grpc/grpc-js', 'protobufjs'],
    'src/sources/bundle': ['src/model', 'node'],
    'src/sources/recording': ['src/model', 'node', 'valibot'],
    'src/topology': ['src/model'],
    'src/present': ['src/model', 'src/topology', 'pretty-bytes', 'pretty-ms'],
    'src/watch': ['src/model', 'src/topology', 'types:src/sources'],
    'src/protocol.ts': ['types:src/present', 'types:src/topology', 'valibot'],
    'src/editor': [
        'vscode',
        'node:crypto',
        'src/model',
        'src/topology',
        'src/present',
        'src/protocol.ts',
        'types:src/watch',
    ],
    // Parts lists: the only files that know every room.
    'src/extension.ts': ['src', 'node', 'vscode'],
    'src/cli.ts': ['src', 'node'],
    'src/command-line.ts': ['node'],
    'src/terminal-commands.ts': [
        'src/command-line.ts',
        'src/model',
        'src/topology',
        'src/present',
        'src/sources/recording',
    ],
    'webview/toolkit.ts': ['@vscode/webview-ui-toolkit', 'lit-html'],
    webview: [
        'webview/toolkit.ts',
        'src/protocol.ts',
        'types:src/present',
        'types:src/topology',
        'd3-selection',
        'd3-zoom',
        'lit-html',
        'valibot',
    ],
};

const root = join(__dirname, '../..');

describe('walls', () => {
    const files = ['src', 'webview'].flatMap((folder) =>
        readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
            .filter((file) => file.endsWith('.ts'))
            .map((file) => join(folder, file)),
    );

    for (const file of files.sort()) {
        it(`${file} imports what its room may`, () => {
            const room = roomOf(file);
            assert.ok(room !== undefined, `${file} is in no room: give it one in the table`);
            const refused = importsOf(file).filter((one) => !isAllowed(room, one));
            assert.deepEqual(refused, []);
        });
    }

    it('stand: what is not allowed is seen', () => {
        const text = `
            import { a } from 'vscode';
            import type { b } from '../sources/docker/client';
            import { type c } from '../sources/docker/client';
            import { d, type e } from '../sources/docker/client';
            export { f } from 'node:fs';
            const g = import('dockerode');
            const h = require('dockerode');
            type i = import('../sources/docker/client').DockerSource;
        `;
        const found = importsIn(join('src', 'watch', 'x.ts'), text);
        assert.deepEqual(
            found.map(({ target, isTypeOnly }) => `${isTypeOnly ? 'types:' : ''}${target}`),
            [
                'vscode',
                'types:src/sources/docker/client.ts',
                'types:src/sources/docker/client.ts',
                'src/sources/docker/client.ts',
                'node:fs',
                'dockerode',
                'dockerode',
                'types:src/sources/docker/client.ts',
            ],
        );
        assert.equal(found.filter((one) => !isAllowed('src/watch', one)).length, 5);
    });
});

interface Import {
    /** A file below the root, `node:…` or a package's name. */
    readonly target: string;
    readonly isTypeOnly: boolean;
}

/** The innermost room wins: `webview/toolkit.ts` is a room of its own. */
function roomOf(file: string): string | undefined {
    return Object.keys(rooms)
        .filter((room) => isBelow(file, room))
        .sort((one, other) => other.length - one.length)[0];
}

function isAllowed(room: string, { target, isTypeOnly }: Import): boolean {
    if (roomOf(target) === room) return true;
    return (rooms[room] ?? []).some((allowed) => {
        if (allowed.startsWith('types:')) return isTypeOnly && isBelow(target, allowed.slice('types:'.length));
        if (allowed === 'node') return target.startsWith('node:');
        return isBelow(target, allowed);
    });
}

function isBelow(file: string, folder: string): boolean {
    return file === folder || file.startsWith(`${folder}/`);
}

function importsOf(file: string): readonly Import[] {
    return importsIn(file, readFileSync(join(root, file), 'utf8'));
}

function importsIn(file: string, text: string): readonly Import[] {
    const found: Import[] = [];
    const add = (specifier: ts.Node | undefined, isTypeOnly: boolean) => {
        assert.ok(specifier && ts.isStringLiteralLike(specifier), `${file} imports something that is not written out`);
        found.push({ target: targetOf(file, specifier.text), isTypeOnly });
    };
    const visit = (node: ts.Node): void => {
        if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, isTypeOnlyImport(node.importClause));
        else if (ts.isExportDeclaration(node) && node.moduleSpecifier) add(node.moduleSpecifier, node.isTypeOnly);
        else if (ts.isImportTypeNode(node))
            add(ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined, true);
        else if (ts.isCallExpression(node) && isImportCall(node)) add(node.arguments[0], false);
        ts.forEachChild(node, visit);
    };
    visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true));
    return found;
}

function isTypeOnlyImport(clause: ts.ImportClause | undefined): boolean {
    if (!clause) return false;
    if (clause.isTypeOnly) return true;
    const { name, namedBindings } = clause;
    if (name || !namedBindings || !ts.isNamedImports(namedBindings)) return false;
    return namedBindings.elements.every(({ isTypeOnly }) => isTypeOnly);
}

function isImportCall({ expression }: ts.CallExpression): boolean {
    if (expression.kind === ts.SyntaxKind.ImportKeyword) return true;
    return ts.isIdentifier(expression) && expression.text === 'require';
}

function targetOf(file: string, specifier: string): string {
    if (builtinModules.includes(specifier)) return `node:${specifier}`;
    if (!specifier.startsWith('.')) return specifier;
    const target = relative(root, join(root, dirname(file), specifier));
    return existsSync(join(root, target)) && !existsSync(join(root, `${target}.ts`)) ? target : `${target}.ts`;
}
