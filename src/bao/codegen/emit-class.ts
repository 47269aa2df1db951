/** Writes the statics of a model's class. */
import { MODEL_PREFIX } from '../constants.ts';
import type { Features } from '../features.ts';
import type { FieldDefinition, IndexDefinition, KeyDefinition, ModelDefinition } from './definitions.ts';
import type { ImportList } from './import-list.ts';
import { literal, objectLiteral, propertyName, quoted } from './literals.ts';
import { withParts } from './nested-fields.ts';

/** The specifier by which generated models import a module that a definitions file names. */
export type ModuleResolver = (path: string, definitionsFile: string) => string;

/** The room for a literal on a line of 140 characters, behind the indent and a property name. */
const LINE_ROOM = 100;

/** The statics of a class in TypeScript, in dynamo-bao's order, each on lines of its own, indented by two spaces. */
export function typeScriptStatics(model: ModelDefinition): string {
  return staticsOf(model)
    .map(([name, source]) => `  static override ${name} = ${name === 'keyEncoding' ? `${source} as const` : source};\n`)
    .join('');
}

/** The same in JavaScript. */
export function javaScriptStatics(model: ModelDefinition): string {
  return staticsOf(model)
    .map(([name, source]) => `  static ${name} = ${source};\n`)
    .join('');
}

/** Imports what the statics call. */
export function importFactories(model: ModelDefinition, bao: string, imports: ImportList): void {
  imports.value(bao, 'PrimaryKeyConfig');
  if (model.indexes.some((index) => index.indexId !== null)) imports.value(bao, 'IndexConfig');
  if (model.uniqueConstraints.length > 0) imports.value(bao, 'UniqueConstraintConfig');
  for (const field of withParts(model.fields.values())) imports.value(field.rules.module ?? bao, factoryOf(field));
}

/** The file of the layer that leaves parts out, as it is imported: "steamer/bao/core", "../bao/core.ts". */
const CORE = /(^|\/)core(\.[jt]s)?$/;

/** Imports the parts of the layer that the model asks for, where the layer itself leaves them out. */
export function importFeatures(model: ModelDefinition, bao: string, imports: ImportList): void {
  if (!CORE.test(bao)) return;
  const asked: Partial<Record<keyof Features, boolean>> = {
    'index-projections': model.indexes.some(({ projection }) => projection !== 'ALL'),
    'iteration-keys': model.iterationBuckets > 0,
    'schema-versions': model.schemaVersion > 1,
    'search-text': model.search !== null,
    'soft-delete': model.softDelete !== null,
  };
  for (const [name, isAsked] of Object.entries(asked)) if (isAsked) imports.effect(bao.replace(CORE, `$1${name}$2`));
}

/** Imports the functions that bring rows of earlier versions up to date. */
export function importUpcasters({ upcasters }: ModelDefinition, imports: ImportList, resolve: ModuleResolver): void {
  if (upcasters !== null) imports.value(resolve(upcasters.path, upcasters.at.file), 'upcasters');
}

function staticsOf(model: ModelDefinition): [name: string, source: string][] {
  const statics: [string, string][] = [
    ['modelName', quoted(model.name)],
    ['modelPrefix', quoted(model.prefix)],
    ['path', quoted(model.steamer.path)],
    ['keyEncoding', quoted(model.keyEncoding)],
    ...iterationStatics(model),
    ['fields', block([...model.fields.values()].map((field) => [field.name, fieldCall(field)]))],
    ['primaryKey', primaryKeyCall(model.primaryKey)],
  ];
  if (model.indexes.length > 0) statics.push(['indexes', block(model.indexes.map((index) => [index.name, indexCall(index)]))]);
  if (model.uniqueConstraints.length > 0) {
    const calls = model.uniqueConstraints.map(({ name, field, constraintId }) => {
      return [name, `UniqueConstraintConfig(${quoted(field)}, ${quoted(constraintId)})`] as const;
    });
    statics.push(['uniqueConstraints', block(calls)]);
  }
  if (model.softDelete !== null) statics.push(['softDelete', quoted(model.softDelete)]);
  if (model.schemaVersion > 1) statics.push(['schemaVersion', String(model.schemaVersion)]);
  if (model.upcasters !== null) statics.push(['upcasters', 'upcasters']);
  return statics;
}

function iterationStatics({ iterationBuckets, search }: ModelDefinition): [string, string][] {
  const statics: [string, string][] = [];
  if (iterationBuckets > 0) statics.push(['iterable', 'true'], ['iterationBuckets', String(iterationBuckets)]);
  if (search === null) return statics;
  const { fields, ...options } = search;
  const properties = Object.entries(options).map(([name, value]) => [name, literal(value)] as const);
  const config = objectLiteral([['fields', `[${fields.map(quoted).join(', ')}]`], ...properties], 2, LINE_ROOM);
  return [...statics, ['searchable', 'true'], ['searchConfig', config]];
}

function fieldCall(field: FieldDefinition): string {
  const options: [string, string][] = field.required ? [['required', 'true']] : [];
  for (const [name, value] of field.options) {
    const isDate = name === 'defaultValue' && field.rules.defaultValue === 'date';
    options.push([name, isDate ? `new Date(${literal(value)})` : literal(value)]);
  }
  const call = [
    ...(field.model === null ? [] : [quoted(field.model.name)]),
    ...(field.members === null
      ? []
      : [
          objectLiteral(
            [...field.members.values()].map((member) => [member.name, fieldCall(member)]),
            4,
            LINE_ROOM,
          ),
        ]),
    ...(field.element === null ? [] : [fieldCall(field.element)]),
    ...(options.length === 0 ? [] : [objectLiteral(options, 4, LINE_ROOM)]),
  ];
  return `${factoryOf(field)}(${call.join(', ')})`;
}

/** The layer's factories for generated models are called "stringField"; an application's own as it calls them. */
function factoryOf({ type, rules }: FieldDefinition): string {
  return rules.module === undefined ? `${type.charAt(0).toLowerCase()}${type.slice(1)}` : type;
}

function primaryKeyCall({ partitionKey, sortKey }: KeyDefinition): string {
  return `PrimaryKeyConfig(${[partitionKey, ...(sortKey === MODEL_PREFIX ? [] : [sortKey])].map(quoted).join(', ')})`;
}

function indexCall({ partitionKey, sortKey, indexId, projection, collection }: IndexDefinition): string {
  // The same object as the primary key says that the index is the primary key under a name.
  if (indexId === null) return 'this.primaryKey';
  const parts = [partitionKey, sortKey, indexId].map(quoted);
  const options = [
    ...(projection === 'ALL'
      ? []
      : [`projection: ${typeof projection === 'string' ? quoted(projection) : `[${projection.map(quoted).join(', ')}]`}`]),
    ...(collection === undefined ? [] : [`collection: ${quoted(collection)}`]),
  ];
  if (options.length > 0) parts.push(`{ ${options.join(', ')} }`);
  return `IndexConfig(${parts.join(', ')})`;
}

/** An object literal as the value of a static, always one property per line. */
function block(properties: readonly (readonly [name: string, source: string])[]): string {
  return `{\n${properties.map(([name, source]) => `    ${propertyName(name)}: ${source},\n`).join('')}  }`;
}
