/** Writes the types of a model: its attributes, what creating and updating it takes, and its `ModelShape`. */
import { MODEL_PREFIX } from '../constants.ts';
import type { IndexDefinition, KeyDefinition, ModelDefinition } from './definitions.ts';
import { propertyName, quoted } from './literals.ts';
import { attributeTypes, createTypes, keyFields, keyPartType, type PropertyType, updateTypes } from './native-types.ts';

/** Four exported interfaces: `SystemAttributes`, `SystemCreate`, `SystemUpdate` and `SystemShape`. */
export function emitTypes(model: ModelDefinition): string {
  const { name } = model;
  return `/** ${article(name)} ${name} as it is read. */
${objectType(`${name}Attributes`, attributeTypes(model))}

/** What creating ${article(name).toLowerCase()} ${name} takes. */
${objectType(`${name}Create`, createTypes(model))}

/** What may change in ${article(name).toLowerCase()} ${name}; null clears a field. */
${objectType(`${name}Update`, updateTypes(model))}

export interface ${name}Shape {
  name: ${quoted(name)};
  attributes: ${name}Attributes;
  create: ${name}Create;
  update: ${name}Update;
  key: ${keyType(model)};
  indexes: {
${indexTypes(model)}
  };
}
`;
}

function article(name: string): string {
  return /^[AEIOU]/.test(name) ? 'An' : 'A';
}

function objectType(name: string, properties: readonly PropertyType[]): string {
  // An interface without properties would take any value.
  if (properties.length === 0) return `export type ${name} = Record<string, never>;`;
  const lines = properties.map((property) => `  ${propertyName(property.name)}${property.isOptional ? '?' : ''}: ${property.type};\n`);
  return `export interface ${name} {\n${lines.join('')}}`;
}

/** The primary id as a string, or the fields of the key. */
function keyType(model: ModelDefinition): string {
  const parts = keyFields(model.primaryKey).map((field) => `${propertyName(field)}: ${keyPartType(field, model)}`);
  return `string | { ${parts.join('; ')} }`;
}

function indexTypes(model: ModelDefinition): string {
  const primary: IndexDefinition = { name: 'primary', at: model.at, indexId: null, ...model.primaryKey };
  return [primary, ...model.indexes.filter(({ name }) => name !== 'primary')]
    .map((index) => `    ${propertyName(index.name)}: ${indexType(index, model)};`)
    .join('\n');
}

function indexType(key: KeyDefinition, model: ModelDefinition): string {
  const partition = keyPartType(key.partitionKey, model);
  if (key.sortKey === MODEL_PREFIX) return `{ partition: ${partition}; sort: null; sortValue: never }`;
  return `{ partition: ${partition}; sort: ${quoted(key.sortKey)}; sortValue: ${keyPartType(key.sortKey, model)} }`;
}
