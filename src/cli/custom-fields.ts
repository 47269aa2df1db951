/** Field types of the application's own: a file each, in a folder that the configuration names. */
import { access } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { BaoField } from '../bao/index.ts';
import type { FieldType } from '../bao/codegen/index.ts';
import { CommandError } from './command.ts';
import { specifierFrom } from './specifier.ts';

const EXTENSIONS = ['.ts', '.js', '.mjs', '.cjs', '.mts'];
/** Kinds that every write changes, so that they fit into an index and not into a primary key. */
const CHANGING_KINDS: ReadonlySet<string> = new Set(['modified-date', 'version', 'counter']);

/** Who is going to import the fields: the folder of the generated models, and the extension by which they import each other. */
export interface Importer {
  folder: string;
  extension: string;
}

/** "EmailField" → "email-field"; dynamo-bao's rule. */
export function fileOfFieldType(typeName: string): string {
  const words = typeName.replace(/Field$/, '').replace(/([a-z0-9])([A-Z])/g, '$1-$2');
  return `${words.toLowerCase()}-field`;
}

/**
 * Loads the types of the given names; those without a file are left out.
 *
 * @param changedAtMs a number that a file was not loaded under before loads it again; 0: as it was first loaded
 * @throws CommandError when a file does not export a factory under the name of its type
 */
export async function readCustomFields(
  folder: string | null,
  typeNames: readonly string[],
  importer: Importer,
  changedAtMs = 0,
): Promise<Record<string, FieldType>> {
  const types: Record<string, FieldType> = {};
  if (folder === null) return types;
  for (const typeName of typeNames) {
    const path = await firstOf(EXTENSIONS.map((extension) => join(folder, `${fileOfFieldType(typeName)}${extension}`)));
    if (path === null) continue;
    types[typeName] = fieldType(await loadFactory(path, typeName, changedAtMs), importedPath(importer, path));
  }
  return types;
}

type Factory = (options: object) => BaoField;

/** The factory of a field type, which was seen to make fields. */
async function loadFactory(path: string, typeName: string, changedAtMs: number): Promise<Factory> {
  const href = `${pathToFileURL(resolve(path)).href}${changedAtMs === 0 ? '' : `?${changedAtMs}`}`;
  const module: unknown = await import(href).catch((error: unknown) => {
    throw new CommandError(`${path} can not be loaded: ${error instanceof Error ? error.message : String(error)}`);
  });
  const { [typeName]: named, default: whole } = module as Record<string, unknown>; // a module namespace
  const factory = named ?? (whole as Record<string, unknown> | undefined)?.[typeName]; // what CommonJS exports in ways that can not be foreseen
  if (typeof factory !== 'function') throw new CommandError(`${path}: expected a function "${typeName}" among its exports`);
  const field = (factory as (options: object) => unknown)({}); // checked right below
  if (typeof field === 'object' && field !== null && 'kind' in field && 'isKeyable' in field) return factory as Factory;
  throw new CommandError(
    `${path}: "${typeName}" does not make a field; its class extends one of the layer's, such as fields.StringFieldClass`,
  );
}

function fieldType(factory: Factory, module: string): FieldType {
  const { kind, isKeyable, isAutomatic } = factory({});
  const keyUse = CHANGING_KINDS.has(kind) ? 'index' : 'any';
  const readsUnset = (options: object) => hasValueWhenUnset(factory, options);
  return { kind, module, options: {}, readsUnset, defaultValue: null, isAutomatic, keyUse: isKeyable ? keyUse : 'none' };
}

function hasValueWhenUnset(factory: Factory, options: object): boolean {
  try {
    return (factory(options).fromDy(null) ?? null) !== null;
  } catch {
    return false; // a conversion that takes stored values only
  }
}

/** The specifier by which a generated model imports the file at `path`. */
export function importedPath({ folder, extension }: Importer, path: string): string {
  const specifier = specifierFrom(folder, path);
  // Where generated files name each other by ".js", so they name other TypeScript.
  return extension === '.js' ? specifier.replace(/\.(m?)ts$/, '.$1js') : specifier;
}

async function firstOf(paths: readonly string[]): Promise<string | null> {
  for (const path of paths) {
    const isThere = await access(path).then(
      () => true,
      () => false,
    );
    if (isThere) return path;
  }
  return null;
}
