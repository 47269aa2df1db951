/** From definitions to the text of every generated file. Pure: files and YAML are the caller's. */
import { checkModels } from './check-models.ts';
import type { ModelDefinition } from './definitions.ts';
import type { ModuleResolver } from './emit-class.ts';
import { emitClient } from './emit-client.ts';
import { emitManifest } from './emit-manifest.ts';
import { emitModel } from './emit-model.ts';
import { fileNameOf } from './names.ts';
import { FIELD_TYPES, type FieldType } from './field-types.ts';
import { filesOf, type OutputFormat, type SourceText } from './output-format.ts';
import { parseModels } from './parse-models.ts';
import type { IssueList, SourceMap, SourceValue } from './source.ts';

export interface GenerateOptions {
  format: OutputFormat;
  /** field types of the application's own, by the names of their factories */
  customFields: Readonly<Record<string, FieldType>>;
  /** the model layer as the models import it, "steamer/bao" */
  bao: string;
  /** the model layer as the manifest imports it */
  baoOfManifest: string;
  /** the folder of the models as the manifest imports it, "./models" */
  modelsOfManifest: string;
  /** the manifest as the module of clients imports it; null: there is to be none */
  manifestOfClient: string | null;
  /** a module that a definitions file names, as the models import it */
  resolveModule: ModuleResolver;
}

export interface GeneratedModels {
  /** the files of all models: a name such as "benchmark-result.ts", and its text */
  files: { name: string; text: string }[];
  manifest: SourceText;
  client: SourceText | null;
  models: ModelDefinition[];
}

/**
 * Generates the models of several definitions files.
 *
 * @param files in the order in which later definitions of a model replace earlier ones
 * @param issues receives everything that is wrong, not only the first
 * @returns null when there are errors
 */
export function generateModels(files: readonly SourceMap[], options: GenerateOptions, issues: IssueList): GeneratedModels | null {
  const models = readModels(files, options.customFields, issues);
  if (issues.hasErrors) return null;
  return {
    files: models.flatMap((model) => filesOf(fileNameOf(model.name), emitModel(model, models, options))),
    manifest: emitManifest(models, { bao: options.baoOfManifest, models: options.modelsOfManifest }, options.format),
    client: options.manifestOfClient === null ? null : emitClient(models, options.manifestOfClient, options.format),
    models,
  };
}

/** The models of several definitions files, checked; those with errors of their own are missing. */
export function readModels(
  files: readonly SourceMap[],
  customFields: Readonly<Record<string, FieldType>>,
  issues: IssueList,
): ModelDefinition[] {
  const models = parseModels(files, { ...customFields, ...FIELD_TYPES }, issues);
  checkModels(models, namesIn(files), issues);
  return models;
}

/** The types that fields of the files have and that the layer does not know: each has to be a custom field. */
export function customTypesIn(files: readonly SourceMap[]): string[] {
  const types = modelsIn(files).flatMap(([, model]) => typesIn(mapAt(model, 'fields')));
  return [...new Set(types)].filter((type) => !Object.hasOwn(FIELD_TYPES, type));
}

/** The types of fields, and of their members and elements. */
function typesIn(fields: SourceMap | null): string[] {
  return [...(fields?.entries.values() ?? [])].flatMap(({ value }) => typesOf(value));
}

function typesOf(field: SourceValue): string[] {
  if (field.kind !== 'map') return [];
  const type = field.entries.get('type')?.value;
  const element = field.entries.get('of')?.value;
  const own = type?.kind === 'scalar' && typeof type.value === 'string' ? [type.value] : [];
  return [...own, ...typesIn(mapAt(field, 'fields')), ...(element === undefined ? [] : typesOf(element))];
}

/** The names of all models, those with errors of their own included, so that relations to them are not reported as well. */
function namesIn(files: readonly SourceMap[]): string[] {
  return modelsIn(files).map(([name]) => name);
}

function modelsIn(files: readonly SourceMap[]): [string, SourceValue][] {
  return files.flatMap((file) =>
    [...(mapAt(file, 'models')?.entries ?? [])].map(([name, { value }]) => [name, value] as [string, SourceValue]),
  );
}

function mapAt(value: SourceValue, key: string): SourceMap | null {
  const found = value.kind === 'map' ? value.entries.get(key)?.value : undefined;
  return found?.kind === 'map' ? found : null;
}
