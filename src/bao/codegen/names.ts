/** Which names models, fields and indexes may have, and the names that are made from them. */

/** What a class may be called. */
const MODEL_NAME = /^[A-Z][A-Za-z0-9]{0,127}$/;
/** What generated files import, or use as it is. */
const WORDS_OF_GENERATED_CODE: ReadonlySet<string> = new Set([
  'BaoModel',
  'Date',
  'Filter',
  'IndexConfig',
  'InputOf',
  'ModelOptions',
  'ObjectNotFound',
  'PageKey',
  'PrimaryKeyConfig',
  'Promise',
  'QueryOptions',
  'QueryResult',
  'ReadonlySet',
  'Record',
  'Set',
  'SortCondition',
  'TableProfile',
  'TypedModel',
  'Uint8Array',
  'UniqueConstraintConfig',
  'ValueOf',
]);

/** Attribute names that DynamoDB's expressions take as placeholders; a leading `_` is the layer's own. */
const FIELD_NAME = /^[A-Za-z][A-Za-z0-9_]{0,254}$/;

/** Members of every object and of every model instance, which a field or a generated method of that name would hide. */
export const INSTANCE_MEMBERS: ReadonlySet<string> = new Set([
  'clearConsumedCapacity',
  'clearRelatedCache',
  'constructor',
  'exists',
  'get',
  'getConsumedCapacity',
  'getNumericConsumedCapacity',
  'getOrLoadRelatedField',
  'getPrimaryId',
  'getRelated',
  'hasChanges',
  'hasOwnProperty',
  'isLoaded',
  'isPrototypeOf',
  'keySegments',
  'loadRelatedData',
  'propertyIsEnumerable',
  'save',
  'toJSON',
  'toLocaleString',
  'toString',
  'valueOf',
]);

/** Statics of every model that a generated method could hide. */
export const STATIC_MEMBERS: ReadonlySet<string> = new Set([
  'findByPrimaryKey',
  'findByUniqueConstraint',
  'queryByIndex',
  'queryByPrimaryKey',
]);

/** `#` ends the prefix inside a key, `[` starts the tenant, `_` the layer's own rows. */
const PREFIX = /^[^#[\]_\s\p{Cc}][^#[\]\s\p{Cc}]{0,63}$/u;

/** What a segment of a URL may be: words of lower-case letters and digits, joined by hyphens. */
const PATH = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;

/** Why `name` can be no model's name, or null when it can. */
export function whyNotAModelName(name: string): string | null {
  if (!MODEL_NAME.test(name)) return 'expected a class name in PascalCase: letters and digits, the first a capital, at most 128';
  if (WORDS_OF_GENERATED_CODE.has(name)) return `generated code uses "${name}" itself; try "${name}Record"`;
  return null;
}

/** Why `name` can be no field's name, or null when it can. */
export function whyNotAFieldName(name: string): string | null {
  if (name.startsWith('_')) return 'names that start with "_" are the layer\'s own';
  if (!FIELD_NAME.test(name)) return 'expected letters, digits and "_", the first a letter, at most 255';
  if (name === 'modelPrefix') return 'in a key the word "modelPrefix" stands for the prefix of the model';
  if (INSTANCE_MEMBERS.has(name)) return `every model instance has a member "${name}" already`;
  return null;
}

/** Why `name` can be no index's or constraint's name, or null when it can. */
export function whyNotAnIndexName(name: string): string | null {
  if (name.startsWith('_')) return 'names that start with "_" are the layer\'s own';
  return FIELD_NAME.test(name) ? null : 'expected letters, digits and "_", the first a letter, at most 255';
}

/** Why `prefix` can be no model's prefix, or null when it can. */
export function whyNotAPrefix(prefix: string): string | null {
  return PREFIX.test(prefix) ? null : 'expected 1 to 64 characters without "#", "[", "]" and spaces, the first not "_"';
}

/** Why `path` can be no model's path, apart from the words that the service keeps for itself, or null when it can. */
export function whyNotAPath(path: string): string | null {
  return PATH.test(path) && path.length <= 128
    ? null
    : 'expected lower-case letters and digits, words joined by "-", at most 128 characters';
}

/** The generated file of a model without its extension, "benchmark-result"; dynamo-bao's rule, so that imports stay as they are. */
export function fileNameOf(modelName: string): string {
  return modelName.replace(/([a-z0-9])([A-Z])/g, '$1-$2').toLowerCase();
}

/** The types that a generated file exports beside the class, "UserShape". */
export function typeNamesOf(modelName: string): string[] {
  return ['Attributes', 'Base', 'Create', 'Parts', 'Update', 'Shape'].map((suffix) => `${modelName}${suffix}`);
}

/** How generated files of one folder import a model, "./benchmark-result.ts". */
export function specifierOf(modelName: string, extension: string): string {
  return `./${fileNameOf(modelName)}${extension}`;
}

/** "posts" → "Posts". */
export function capitalised(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
