import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, relative } from 'node:path';
import ts from 'typescript';

const root = join(__dirname, '../..');

/** The folder is the permission: what each room may import besides itself, by the table of src/README.md. */
const rooms = roomsIn(readFileSync(join(root, 'src/README.md'), 'utf8'));

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

    it('are those of the table: each of its rooms is there', () => {
        assert.ok(rooms.size >= 17);
        for (const room of rooms.keys()) assert.ok(existsSync(join(root, room)), room);
    });

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

/** By room; `types:` allows type-only imports alone. */
function roomsIn(text: string): ReadonlyMap<string, readonly string[]> {
    const rows = [...text.matchAll(/^\| `([^`]+)` \|[^|]*\| ([^|]+) \|$/gm)];
    return new Map(rows.map(([, room = '', allowed = '']) => [placeOf(room), allowed.split(', ').map(permissionOf)]));
}

function permissionOf(words: string): string {
    const types = 'types of ';
    return words.startsWith(types) ? `types:${placeOf(words.slice(types.length))}` : placeOf(words);
}

/** A folder or file by the name that the table has for it; what is neither is a package, or `nothing`. */
function placeOf(name: string): string {
    if (name === 'all rooms') return 'src';
    const path = join('src', name).replace(/\/$/, '');
    return [path, `${path}.ts`].find((one) => existsSync(join(root, one))) ?? name;
}

interface Import {
    /** A file below the root, `node:…` or a package's name. */
    readonly target: string;
    readonly isTypeOnly: boolean;
}

/** The innermost room wins: `webview/toolkit.ts` is a room of its own. */
function roomOf(file: string): string | undefined {
    return [...rooms.keys()].filter((room) => isBelow(file, room)).sort((one, other) => other.length - one.length)[0];
}

function isAllowed(room: string, { target, isTypeOnly }: Import): boolean {
    if (roomOf(target) === room) return true;
    return (rooms.get(room) ?? []).some((allowed) => {
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
