/** Writes the statics of a model's class. */
import { MODEL_PREFIX } from '../constants.ts';
import type { FieldDefinition, IndexDefinition, KeyDefinition, ModelDefinition } from './definitions.ts';
import { FIELD_TYPES } from './field-types.ts';
import { literal, objectLiteral, propertyName, quoted } from './literals.ts';

/** The room for a literal on a line of 140 characters, behind the indent and a property name. */
const LINE_ROOM = 100;

/** The statics in dynamo-bao's order, each on lines of its own, indented by two spaces. */
export function emitStatics(model: ModelDefinition): string {
  const statics: [name: string, source: string][] = [
    ['modelName', quoted(model.name)],
    ['modelPrefix', quoted(model.prefix)],
    ['path', quoted(model.steamer.path)],
    ['keyEncoding', `${quoted(model.keyEncoding)} as const`],
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
  return statics.map(([name, source]) => `  static override ${name} = ${source};\n`).join('');
}

/** The factories that the statics call, besides `fields`. */
export function factoriesOf(model: ModelDefinition): string[] {
  const factories = ['PrimaryKeyConfig'];
  if (model.indexes.some((index) => index.indexId !== null)) factories.push('IndexConfig');
  if (model.uniqueConstraints.length > 0) factories.push('UniqueConstraintConfig');
  return factories;
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
    const isDate = name === 'defaultValue' && FIELD_TYPES[field.type]?.defaultValue === 'date';
    options.push([name, isDate ? `new Date(${literal(value)})` : literal(value)]);
  }
  const call = [
    ...(field.model === null ? [] : [quoted(field.model.name)]),
    ...(options.length === 0 ? [] : [objectLiteral(options, 4, LINE_ROOM)]),
  ];
  return `fields.${field.type}(${call.join(', ')})`;
}

function primaryKeyCall({ partitionKey, sortKey }: KeyDefinition): string {
  return `PrimaryKeyConfig(${[partitionKey, ...(sortKey === MODEL_PREFIX ? [] : [sortKey])].map(quoted).join(', ')})`;
}

function indexCall({ partitionKey, sortKey, indexId }: IndexDefinition): string {
  // The same object as the primary key says that the index is the primary key under a name.
  return indexId === null ? 'this.primaryKey' : `IndexConfig(${[partitionKey, sortKey, indexId].map(quoted).join(', ')})`;
}

/** An object literal as the value of a static, always one property per line. */
function block(properties: readonly (readonly [name: string, source: string])[]): string {
  return `{\n${properties.map(([name, source]) => `    ${propertyName(name)}: ${source},\n`).join('')}  }`;
}
