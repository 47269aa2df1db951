/** What has to hold between models, and between the names that are made from them. */
import { relationOfField, relationOfIndex } from '../naming.ts';
import type { ModelDefinition } from './definitions.ts';
import { suggestion } from './map-reader.ts';
import { indexesRelatedTo, methodsOf } from './methods.ts';
import { fileNameOf, INSTANCE_MEMBERS, STATIC_MEMBERS, typeNamesOf } from './names.ts';
import type { IssueList, Position } from './source.ts';

/**
 * Reports prefixes, paths and file names that two models share, relations to models that do not exist, and relations or
 * methods of one name.
 *
 * @param known the names of all models the files define, those that had errors of their own included
 */
export function checkModels(models: readonly ModelDefinition[], known: readonly string[], issues: IssueList): void {
  checkUnique(models, (model) => [model.prefix, model.prefixAt], 'modelPrefix', 'choose another prefix', issues);
  checkUnique(
    models,
    (model) => [model.steamer.path, model.steamer.pathAt],
    'path',
    'give one of them another: steamer: { path: … }',
    issues,
  );
  checkUnique(models, (model) => [fileNameOf(model.name), model.at], 'file name', 'rename one of them', issues);
  checkTypeNames(models, issues);
  checkCollections(models, issues);
  for (const model of models) {
    checkRelatedModels(model, known, issues);
    // Methods are named after relations: one clash is reported once.
    if (!hasRelationClash(model, models, issues)) checkMethods(model, models, issues);
  }
}

function checkUnique(
  models: readonly ModelDefinition[],
  read: (model: ModelDefinition) => [string, Position],
  what: string,
  remedy: string,
  issues: IssueList,
): void {
  const owners = new Map<string, ModelDefinition>();
  for (const model of models) {
    const [value, at] = read(model);
    const owner = owners.get(value);
    if (owner === undefined) owners.set(value, model);
    else issues.error(at, `Model "${model.name}": the ${what} "${value}" is that of model "${owner.name}" already; ${remedy}`);
  }
}

function checkTypeNames(models: readonly ModelDefinition[], issues: IssueList): void {
  const owners = new Map(models.flatMap(({ name }) => typeNamesOf(name).map((typeName) => [typeName, name])));
  for (const { name, at } of models) {
    const owner = owners.get(name);
    if (owner === undefined) continue;
    issues.error(at, `Model "${name}": the generated model "${owner}" has a type of that name; rename one of them`);
  }
}

/** The indexes of a collection are one index, and have one text for one partition. */
function checkCollections(models: readonly ModelDefinition[], issues: IssueList): void {
  const firsts = new Map<string, { model: string; indexId: string | null; kind: string }>();
  for (const { name, fields, indexes } of models) {
    for (const { collection, indexId, partitionKey, at } of indexes) {
      if (collection === undefined) continue;
      const kind = kindInKeys(fields.get(partitionKey)?.kind ?? '');
      const first = firsts.get(collection);
      if (first === undefined) firsts.set(collection, { model: name, indexId, kind });
      else if (first.indexId !== indexId)
        issues.error(
          at,
          `Model "${name}": the collection "${collection}" is in ${first.indexId} as of model "${first.model}"; use that here, too`,
        );
      else if (first.kind !== kind)
        issues.error(
          at,
          `Model "${name}": the collection "${collection}" has partitions of kind ${first.kind} in model "${first.model}", and of kind ${kind} here`,
        );
    }
  }
}

/** What a field is inside a key: names of objects are texts there. */
function kindInKeys(kind: string): string {
  return ['related', 'ulid', 'version'].includes(kind) ? 'string' : kind;
}

function checkRelatedModels(model: ModelDefinition, known: readonly string[], issues: IssueList): void {
  for (const field of model.fields.values()) {
    if (field.model === null || known.includes(field.model.name)) continue;
    const hint = suggestion(field.model.name, known);
    issues.error(field.model.at, `Model "${model.name}": field "${field.name}": unknown model "${field.model.name}"; ${hint}`);
  }
}

/** Relation names are segments of URLs and words of `?include=`, so one model can have each only once. */
function hasRelationClash(model: ModelDefinition, models: readonly ModelDefinition[], issues: IssueList): boolean {
  const toOne = [...model.fields.values()].filter((field) => field.model !== null);
  const relations = [
    ...toOne.map((field) => ({ name: relationOfField(field.name), at: field.at, origin: `field "${field.name}"` })),
    ...indexesRelatedTo(model, models).map(({ model: other, index }) => ({
      name: relationOfIndex(index.name),
      at: index.at,
      origin: `index "${index.name}" of ${other.name}`,
    })),
  ];
  return hasNameClash(model, relations, 'relation', new Set(), issues);
}

function checkMethods(model: ModelDefinition, models: readonly ModelDefinition[], issues: IssueList): void {
  const methods = methodsOf(model, models);
  const isStatic = (kind: string) => kind === 'query-all' || kind === 'find-by';
  const fields = [...model.fields.values()].map((field) => ({ name: field.name, at: field.at, origin: `field "${field.name}"` }));
  const onClass = methods.filter((method) => isStatic(method.kind));
  const onInstance = [...fields, ...methods.filter((method) => !isStatic(method.kind))];
  hasNameClash(model, onClass, 'static method', STATIC_MEMBERS, issues);
  hasNameClash(model, onInstance, 'member', INSTANCE_MEMBERS, issues);
}

function hasNameClash(
  model: ModelDefinition,
  named: readonly { name: string; at: Position; origin: string }[],
  what: string,
  inherited: ReadonlySet<string>,
  issues: IssueList,
): boolean {
  const owners = new Map([...inherited].map((name) => [name, 'every model']));
  let hasClash = false;
  for (const { name, at, origin } of named) {
    const owner = owners.get(name);
    if (owner === undefined) {
      owners.set(name, origin);
      continue;
    }
    hasClash = true;
    issues.error(at, `Model "${model.name}": the ${what} "${name}" of ${origin} is that of ${owner} already; rename one of them`);
  }
  return hasClash;
}
