/** The models of a program that does not name them: of a manifest, or of all modules in a folder. */
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { openLog } from '../configuration.ts';
import type { BaoConfig, ModelConstructor } from '../configuration.ts';
import { ConfigurationError } from '../errors.ts';
import { isModelClass } from '../manager.ts';
import { isPlainObject } from '../../lib/plain-object.ts';
import { processVariables } from '../platform.ts';
import { requireDefault, requireModule } from './require-module.ts';

type Models = Record<string, ModelConstructor>;

/** Where code generation writes the manifest when nobody says another place. */
const DEFAULT_MANIFESTS = ['.bao/models.js', '.bao/models.ts'];

/**
 * The models by name: of the manifest that `paths` names, else of its folder (or MODELS_DIR), else of the manifest that code generation
 * has left in the working folder.
 *
 * @throws ConfigurationError when there is nothing to load
 */
export function loadModels(config: BaoConfig): Models {
  const { generatedModelsManifest: manifest, modelsDir = processVariables()['MODELS_DIR'] } = config.paths ?? {};
  if (manifest && existsSync(resolve(manifest))) return modelsOfManifest(resolve(manifest));
  if (manifest) warnOfMissing(config, manifest);
  if (modelsDir) return modelsOfFolder(resolve(modelsDir));
  const generated = DEFAULT_MANIFESTS.map((path) => resolve(path)).find((path) => existsSync(path));
  if (generated !== undefined) return modelsOfManifest(generated);
  throw new ConfigurationError(
    'modelsDir is required when no direct models are provided. Either specify a modelsDir or provide models directly in the config.',
  );
}

function warnOfMissing(config: BaoConfig, manifest: string): void {
  openLog(config, processVariables()).warn(
    `Model manifest not found at '${manifest}'. Falling back to directory scan. Please run codegen.`,
  );
}

function modelsOfManifest(path: string): Models {
  const models = requireDefault(path);
  if (!isPlainObject(models)) throw new ConfigurationError(`${path}: expected an object of models as its default export`);
  return modelsAmong(models);
}

/** Every model that a module in the folder exports, folders inside it included. */
function modelsOfFolder(folder: string): Models {
  if (!existsSync(folder)) throw new ConfigurationError(`modelsDir does not exist: ${folder}`);
  return Object.assign({}, ...modulesIn(folder).map((path) => modelsAmong(requireModule(path)))) as Models; // every source is one
}

/** Modules may export more than their models. */
function modelsAmong(exported: Readonly<Record<string, unknown>>): Models {
  return Object.fromEntries(Object.entries(exported).filter(([, value]) => isModelClass(value))) as Models; // just seen to be
}

function modulesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && isModule(entry.name) && !entry.parentPath.includes('node_modules'))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
}

function isModule(name: string): boolean {
  if (/\.[cm]?js$/.test(name)) return true;
  // Node runs TypeScript from 22.18 on.
  return process.features.typescript !== false && /(?<!\.d)\.[cm]?ts$/.test(name);
}
