import { fileURLToPath } from 'node:url';

const fileOf = (path: string) => fileURLToPath(new URL(`../../../src/${path}`, import.meta.url));

/** The file of the library under test, for tests that bundle or compile it: the model layer, or dynamo-bao where test/interop says so. */
export const LIBRARY = process.env['BAO_LIBRARY'] ?? fileOf('bao/index.ts');

/** The program of its code generation. */
export const CODEGEN = process.env['BAO_CODEGEN'] ?? fileOf('cli/bao-codegen.ts');
