/** What the files around the working folder say about a project, so that generated code fits into it. */
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

export interface Project {
  /** whether there is a tsconfig.json */
  isTypeScript: boolean;
  /** whether its compiler takes imports that end in `.ts` */
  allowsTsImports: boolean;
  /** `type` of package.json; null: it says nothing, and syntax decides */
  packageType: 'module' | 'commonjs' | null;
  /** what the project imports the model layer from: `steamer/bao`, or `dynamo-bao` where that name stands for it */
  layer: string;
}

/**
 * Looks at tsconfig.json and package.json of `folder` and the folders above it, up to the one with a package.json.
 *
 * Both files may be missing; what can not be read says nothing.
 */
export async function readProject(folder: string): Promise<Project> {
  let tsconfig: string | null = null;
  let manifest: string | null = null;
  for (let at = resolve(folder); manifest === null; at = dirname(at)) {
    if (tsconfig === null) tsconfig = (await textOf(join(at, 'tsconfig.json'))) === null ? null : join(at, 'tsconfig.json');
    manifest = await textOf(join(at, 'package.json'));
    if (dirname(at) === at) break;
  }
  return {
    isTypeScript: tsconfig !== null,
    allowsTsImports: tsconfig !== null && (await allowsTsImports(tsconfig)),
    ...readManifest(manifest),
  };
}

function readManifest(text: string | null): Pick<Project, 'packageType' | 'layer'> {
  const { type, dependencies, devDependencies } = parseManifest(text);
  const uses = (name: string) => [dependencies, devDependencies].some((all) => typeof all === 'object' && all !== null && name in all);
  return {
    packageType: type === 'module' || type === 'commonjs' ? type : null,
    layer: uses('dynamo-bao') && !uses('steamer') ? 'dynamo-bao' : 'steamer/bao',
  };
}

function parseManifest(text: string | null): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(text ?? '{}');
    return typeof parsed === 'object' && parsed !== null ? { ...parsed } : {};
  } catch {
    return {}; // npm itself complains about it
  }
}

/** The most configurations that extend each other. */
const MAX_EXTENDS = 8;

/** Whether the configuration, or one that it extends by a relative path, allows imports that end in `.ts`. */
async function allowsTsImports(path: string, depth = 0): Promise<boolean> {
  const text = ((await textOf(path)) ?? '').replace(/\/\*[^]*?\*\/|(?<=^|[\s,{])\/\/.*$/gm, '');
  const own = /"(?:allowImportingTsExtensions|rewriteRelativeImportExtensions)"\s*:\s*(true|false)/.exec(text)?.[1];
  if (own !== undefined) return own === 'true';
  const parent = /"extends"\s*:\s*"(\.[^"]*)"/.exec(text)?.[1];
  if (parent === undefined || depth >= MAX_EXTENDS) return false;
  return allowsTsImports(resolve(dirname(path), parent.endsWith('.json') ? parent : `${parent}.json`), depth + 1);
}

async function textOf(path: string): Promise<string | null> {
  return readFile(path, 'utf8').catch(() => null);
}
