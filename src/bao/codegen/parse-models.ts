/** Reads definitions files into models. */
import type { KeyEncoding, ModelDefinition } from './definitions.ts';
import { asMap, MapReader, suggestion } from './map-reader.ts';
import { whyNotAModelName, whyNotAPrefix } from './names.ts';
import type { FieldType } from './field-types.ts';
import { parseFields } from './parse-fields.ts';
import { parseIndexes, parsePrimaryKey, parseUniqueConstraints } from './parse-keys.ts';
import { parseSoftDelete, parseVersions } from './parse-lifecycle.ts';
import { parseSearch } from './parse-search.ts';
import { parseSteamer } from './parse-steamer.ts';
import type { IssueList, SourceEntry, SourceMap } from './source.ts';

const KEY_ENCODINGS = ['ordered', 'legacy'] as const;
const DEFAULT_ITERATION_BUCKETS = 10;

/** The types that fields may have, by the names of their factories. */
type FieldTypes = Readonly<Record<string, FieldType>>;

/**
 * The models of several definitions files, in the order of the files.
 *
 * A model that a later file defines again replaces the earlier one (a warning), as in dynamo-bao. Models with errors are
 * reported and left out, so that the rest can be checked.
 */
export function parseModels(files: readonly SourceMap[], types: FieldTypes, issues: IssueList): ModelDefinition[] {
  const models = new Map<string, ModelDefinition>();
  for (const file of files) {
    for (const model of parseFile(file, types, issues)) {
      const earlier = models.get(model.name);
      if (earlier !== undefined) {
        issues.warning(model.at, `Model "${model.name}" replaces the one at ${earlier.at.file}:${earlier.at.line}`);
      }
      models.set(model.name, model);
    }
  }
  return [...models.values()];
}

function parseFile(file: SourceMap, types: FieldTypes, issues: IssueList): ModelDefinition[] {
  const reader = new MapReader(file, 'The file', issues);
  const keyEncoding = reader.choice('keyEncoding', KEY_ENCODINGS)?.value ?? 'ordered';
  const models = reader.map('models');
  if (reader.entry('models') === undefined) reader.missing('models', 'list the models under it by name');
  for (const [key, entry] of reader.entries()) {
    // Keys that start with "x-" hold anchors, as in Compose files.
    if (key === 'models' || key === 'keyEncoding' || key.startsWith('x-')) continue;
    issues.error(entry.at, `unknown key "${key}" beside "models"; ${suggestion(key, ['models', 'keyEncoding'])}`);
  }
  return (models?.entries() ?? []).flatMap(([name, entry]) => parseModel(name, entry, keyEncoding, types, issues) ?? []);
}

function parseModel(
  name: string,
  entry: SourceEntry,
  fileEncoding: KeyEncoding,
  types: FieldTypes,
  issues: IssueList,
): ModelDefinition | null {
  const reason = whyNotAModelName(name);
  if (reason !== null) issues.error(entry.at, `"${name}" can be no model; ${reason}`);
  const reader = asMap(entry, `Model "${name}"`, issues);
  if (reader === null) return null;
  const prefix = parsePrefix(reader, issues);
  const isMapping = reader.choice('tableType', ['standard', 'mapping'] as const)?.value === 'mapping';
  const fieldsBlock = reader.map('fields');
  if (reader.entry('fields') === undefined) reader.missing('fields', 'list the fields under it by name');
  const isLegacyMapping = reader.entry('mapping') !== undefined;
  const fields =
    fieldsBlock === null ? new Map<string, never>() : parseFields(fieldsBlock, isLegacyMapping ? 'RelatedField' : undefined, types, issues);
  const primaryKey = parsePrimaryKey(reader, fields, issues);
  const rest = {
    keyEncoding: reader.choice('keyEncoding', KEY_ENCODINGS)?.value ?? fileEncoding,
    iterationBuckets: parseIteration(reader),
    search: parseSearch(reader, fields, issues),
    softDelete: parseSoftDelete(reader, primaryKey, fields, issues),
    ...parseVersions(reader, issues),
    indexes: parseIndexes(reader, primaryKey, fields, issues),
    uniqueConstraints: parseUniqueConstraints(reader, fields, issues),
    steamer: parseSteamer(reader, name, entry.at, { fields, primaryKey }, issues),
  };
  reader.entry('methods'); // accepted and ignored, as dynamo-bao does
  reader.finish();
  if (rest.search !== null && rest.iterationBuckets === 0) {
    issues.warning(
      reader.entry('searchable')?.at ?? entry.at,
      `${reader.what}: a searchable model can be searched only when it is iterable: true`,
    );
  }
  if (reason !== null || prefix === null || primaryKey === null) return null;
  return {
    name,
    at: entry.at,
    prefix,
    prefixAt: reader.entry('modelPrefix')?.value.at ?? entry.at,
    isMapping,
    fields,
    primaryKey,
    ...rest,
  };
}

function parsePrefix(reader: MapReader, issues: IssueList): string | null {
  if (reader.entry('modelPrefix') === undefined) {
    reader.missing('modelPrefix', 'a short string that starts the keys of the model, and never changes');
    return null;
  }
  const prefix = reader.text('modelPrefix');
  if (prefix === undefined) return null;
  const reason = whyNotAPrefix(prefix.value);
  if (reason === null) return prefix.value;
  issues.error(prefix.at, `${reader.what}: "${prefix.value}" can be no modelPrefix; ${reason}`);
  return null;
}

/** The number of iteration buckets; 0 when the model is not iterable. */
function parseIteration(reader: MapReader): number {
  const isIterable = reader.boolean('iterable')?.value ?? false;
  // Definitions that spell defaults out say `iterationBuckets: 0` for models that are not iterable.
  const buckets = reader.integer('iterationBuckets', isIterable ? 1 : 0, 1000)?.value;
  return isIterable ? (buckets ?? DEFAULT_ITERATION_BUCKETS) : 0;
}
