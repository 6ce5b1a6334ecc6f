import js from '@eslint/js';
import tseslint from 'typescript-eslint';

export default tseslint.config(
    { ignores: ['dist/', '.lab/', 'node_modules/'] },
    js.configs.recommended,
    ...tseslint.configs.strict,
    {
        files: ['src/**/*.ts', 'test/**/*.ts'],
        languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
        rules: {
            // A promise that nobody awaits hides its failure, and its work outlives the view that asked for it.
            '@typescript-eslint/no-floating-promises': 'error',
            '@typescript-eslint/no-misused-promises': 'error',
            '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
        },
    },
    {
        rules: {
            '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
            '@typescript-eslint/consistent-type-imports': 'error',
            'no-restricted-syntax': [
                'error',
                {
                    // Everything shown was written by strangers: text goes in as text.
                    selector: 'MemberExpression[property.name=/^(innerHTML|outerHTML|insertAdjacentHTML)$/]',
                    message: 'Set textContent, or render with lit-html: foreign text must never become markup.',
                },
                { selector: 'ExportDefaultDeclaration', message: 'Export by name.' },
            ],
        },
    },
    {
        files: ['**/*.mjs'],
        languageOptions: {
            globals: {
                process: 'readonly',
                console: 'readonly',
                setTimeout: 'readonly',
                clearTimeout: 'readonly',
                setInterval: 'readonly',
                URL: 'readonly',
                Buffer: 'readonly',
                fetch: 'readonly',
                AbortSignal: 'readonly',
            },
        },
        rules: { 'no-restricted-syntax': 'off' },
    },
);
