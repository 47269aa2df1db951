/** Writes the types of a model: its attributes, what creating and updating it takes, and its `ModelShape`. */
import { MODEL_PREFIX } from '../constants.ts';
import type { IndexDefinition, KeyDefinition, ModelDefinition } from './definitions.ts';
import { propertyName, quoted } from './literals.ts';
import { attributeTypes, createTypes, keyFields, keyPartType, partTypes, type PropertyType, updateTypes } from './native-types.ts';

/** Four exported interfaces: `SystemAttributes`, `SystemCreate`, `SystemUpdate` and `SystemShape`. */
export function emitTypes(model: ModelDefinition): string {
  const { name } = model;
  return `/** ${article(name)} ${name} as it is read. */
${objectType(`${name}Attributes`, attributeTypes(model))}

/** What creating ${article(name).toLowerCase()} ${name} takes. */
${objectType(`${name}Create`, createTypes(model))}

/** What may change in ${article(name).toLowerCase()} ${name}; null clears a field. */
${objectType(`${name}Update`, updateTypes(model))}
${partsInterface(model)}
export interface ${name}Shape {
  name: ${quoted(name)};
  attributes: ${name}Attributes;
${hasParts(model) ? `  parts: ${name}Parts;\n` : ''}  create: ${name}Create;
  update: ${name}Update;
  key: ${keyType(model)};
  indexes: {
${indexTypes(model)}
  };
}
`;
}

/** "A User", "An Upload": before a consonant and a vowel a U is spoken "you". */
function article(name: string): string {
  return /^(?:[AEIO]|U(?![b-df-hj-np-tv-z][aeiou]))/.test(name) ? 'An' : 'A';
}

function objectType(name: string, properties: readonly PropertyType[]): string {
  // An interface without properties would take any value.
  if (properties.length === 0) return `export type ${name} = Record<string, never>;`;
  const lines = properties.map((property) => `  ${keyOf(property)}${property.isOptional ? '?' : ''}: ${property.type};\n`);
  return `export interface ${name} {\n${lines.join('')}}`;
}

function keyOf({ name, isPattern }: PropertyType): string {
  return isPattern === true ? `[path: \`${name}\`]` : propertyName(name);
}

/** The type of what a filter over the model may name. */
export function filteredType(model: ModelDefinition): string {
  return hasParts(model) ? `${model.name}Attributes & ${model.name}Parts` : `${model.name}Attributes`;
}

/** Whether any of its fields has parts with paths of their own. */
export function hasParts(model: ModelDefinition): boolean {
  return partTypes(model).length > 0;
}

function partsInterface(model: ModelDefinition): string {
  if (!hasParts(model)) return '';
  return `
/** The parts of its nested fields by path, as filters compare them. */
${objectType(`${model.name}Parts`, partTypes(model))}
`;
}

/** The primary id as a string, or the fields of the key. */
function keyType(model: ModelDefinition): string {
  const parts = keyFields(model.primaryKey).map((field) => `${propertyName(field)}: ${keyPartType(field, model)}`);
  return `string | { ${parts.join('; ')} }`;
}

function indexTypes(model: ModelDefinition): string {
  const primary: IndexDefinition = { name: 'primary', at: model.at, indexId: null, projection: 'ALL', ...model.primaryKey };
  return [primary, ...model.indexes.filter(({ name }) => name !== 'primary')]
    .map((index) => `    ${propertyName(index.name)}: ${indexType(index, model)};`)
    .join('\n');
}

function indexType(key: KeyDefinition, model: ModelDefinition): string {
  const partition = keyPartType(key.partitionKey, model);
  if (key.sortKey === MODEL_PREFIX) return `{ partition: ${partition}; sort: null; sortValue: never }`;
  return `{ partition: ${partition}; sort: ${quoted(key.sortKey)}; sortValue: ${keyPartType(key.sortKey, model)} }`;
}
