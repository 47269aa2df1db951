/** Writes schemas as definitions of each library: YAML for those that generate code, source for the others; and code that uses them. */
import { camelCase, kebabCase, type FieldKind, type Schema, type SchemaField } from './schemas.ts';

/** Definitions for the commands of Steamer and dynamo-bao. */
export function yamlOf(schemas: readonly Schema[]): string {
  const types: Record<FieldKind, string> = {
    string: 'StringField',
    number: 'FloatField',
    boolean: 'BooleanField',
    date: 'DateTimeField',
    id: 'StringField',
  };
  const models = schemas.map(({ name, prefix, fields, index }) => {
    const [id, ...others] = fields;
    const lines = others.map((field) => `      ${field.name}: { type: ${types[field.kind]}${field.isRequired ? ', required: true' : ''} }`);
    return `  ${name}:
    modelPrefix: ${prefix}
    fields:
      ${id?.name}: { type: UlidField, autoAssign: true, required: true }
${lines.join('\n')}
      createdAt: { type: CreateDateField }
      updatedAt: { type: ModifiedDateField }
    primaryKey: { partitionKey: ${id?.name} }
    indexes:
      ${index.name}: { partitionKey: ${index.partition}, sortKey: ${index.sort}, indexId: gsi1 }
`;
  });
  return `models:\n${models.join('')}`;
}

/** A module that exports an entity of ElectroDB for each schema, given `client` and `table`. */
export function electroSourceOf(schemas: readonly Schema[]): string {
  const types: Record<FieldKind, string> = { string: 'string', number: 'number', boolean: 'boolean', date: 'number', id: 'string' };
  const entities = schemas.map(({ name, fields, index }) => {
    const attributes = fields.map(({ name: field, kind, isRequired }) => {
      return `    ${field}: { type: '${types[kind]}'${isRequired ? ', required: true' : ''} },\n`;
    });
    return `export const ${name} = new Entity({
  model: { entity: '${camelCase(name)}', version: '1', service: 'bench' },
  attributes: {
${attributes.join('')}    createdAt: { type: 'number', default: () => Date.now(), readOnly: true },
    updatedAt: { type: 'number', watch: '*', set: () => Date.now() },
  },
  indexes: {
    primary: { pk: { field: 'pk', composite: ['${fields[0]?.name}'] }, sk: { field: 'sk', composite: [] } },
    ${index.name}: {
      index: 'gsi1',
      pk: { field: 'gsi1pk', composite: ['${index.partition}'] },
      sk: { field: 'gsi1sk', composite: ['${index.sort}'] },
    },
  },
}, { client, table });
`;
  });
  return `import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { Entity } from 'electrodb';

const client = DynamoDBDocumentClient.from(new DynamoDBClient({}));
const table = 'bench';

${entities.join('\n')}`;
}

/** A module that exports an entity of DynamoDB Toolbox for each schema, and the commands that create, read, update, delete and query. */
export function toolboxSourceOf(schemas: readonly Schema[]): string {
  const types: Record<FieldKind, string> = {
    string: 'string()',
    number: 'number()',
    boolean: 'boolean()',
    date: 'number()',
    id: 'string()',
  };
  const typeOf = ({ kind, isRequired }: SchemaField, at: number) =>
    `${types[kind]}${at === 0 ? '.key()' : isRequired ? '' : '.optional()'}`;
  const entities = schemas.map(({ name, fields, index }) => {
    const attributes = fields.map((field, at) => `    ${field.name}: ${typeOf(field, at)},\n`);
    return `export const ${name} = new Entity({
  name: '${name}',
  table,
  schema: item({
${attributes.join('')}    createdAt: number().putDefault(() => Date.now()),
    updatedAt: number().putDefault(() => Date.now()).updateDefault(() => Date.now()),
  }).and((fields) => ({
    gsi1pk: string().hidden().optional().putLink<typeof fields>(({ ${index.partition} }) => ${index.partition} ?? ''),
    gsi1sk: string().hidden().optional().putLink<typeof fields>(({ ${index.sort} }) => ${index.sort} ?? ''),
  })),
  computeKey: ({ ${fields[0]?.name} }: { ${fields[0]?.name}: string }) => ({ pk: ${fields[0]?.name}, sk: '${camelCase(name)}' }),
  timestamps: false,
});
`;
  });
  return `import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { boolean, Entity, item, number, string, Table } from 'dynamodb-toolbox';

export { DeleteItemCommand } from 'dynamodb-toolbox/entity/actions/delete';
export { GetItemCommand } from 'dynamodb-toolbox/entity/actions/get';
export { PutItemCommand } from 'dynamodb-toolbox/entity/actions/put';
export { UpdateItemCommand } from 'dynamodb-toolbox/entity/actions/update';
export { QueryCommand } from 'dynamodb-toolbox/table/actions/query';

export const table = new Table({
  name: 'bench',
  documentClient: DynamoDBDocumentClient.from(new DynamoDBClient({})),
  partitionKey: { name: 'pk', type: 'string' },
  sortKey: { name: 'sk', type: 'string' },
  indexes: { gsi1: { type: 'global', partitionKey: { name: 'gsi1pk', type: 'string' }, sortKey: { name: 'gsi1sk', type: 'string' } } },
});

${entities.join('\n')}`;
}

/** A module that creates, finds and lists an object of each of Steamer's generated models in `./models`. */
export function steamerUseOf(schemas: readonly Schema[]): string {
  const uses = schemas.map(({ name, fields, index }) => {
    const data = valuesOf(fields.slice(1), 'new Date()');
    return `export async function use${name}() {
  await ${name}.create(${data});
  const found = await ${name}.find('1');
  const { items } = await ${name}.queryByIndex('${index.name}', 'x', null, { limit: 5 });
  return [found.exists() && found.${index.sort}, items[0]?.${index.sort}];
}
`;
  });
  const imports = schemas.map(({ name }) => `import { ${name} } from './models/${kebabCase(name)}.ts';\n`);
  return `${imports.join('')}\n${uses.join('\n')}`;
}

/** The same with the entities of ElectroDB. */
export function electroUseOf(schemas: readonly Schema[]): string {
  const uses = schemas.map(({ name, fields, index }) => {
    return `export async function use${name}() {
  await ${name}.create(${valuesOf(fields)}).go();
  const { data: found } = await ${name}.get({ ${fields[0]?.name}: '1' }).go();
  const { data: items } = await ${name}.query.${index.name}({ ${index.partition}: 'x' }).go({ limit: 5 });
  return [found?.${index.sort}, items[0]?.${index.sort}];
}
`;
  });
  return `import { ${schemas.map(({ name }) => name).join(', ')} } from './models.ts';\n\n${uses.join('\n')}`;
}

/** The same with the entities of DynamoDB Toolbox. */
export function toolboxUseOf(schemas: readonly Schema[]): string {
  const uses = schemas.map(({ name, fields, index }) => {
    return `export async function use${name}() {
  await ${name}.build(PutItemCommand).item(${valuesOf(fields)}).send();
  const { Item: found } = await ${name}.build(GetItemCommand).key({ ${fields[0]?.name}: '1' }).send();
  const { Items } = await table.build(QueryCommand).entities(${name}).query({ index: 'gsi1', partition: 'x' }).options({ limit: 5 }).send();
  return [found?.${index.sort}, Items?.[0]?.${index.sort}];
}
`;
  });
  const imports = ['GetItemCommand', 'PutItemCommand', 'QueryCommand', 'table', ...schemas.map(({ name }) => name)];
  return `import { ${imports.join(', ')} } from './models.ts';\n\n${uses.join('\n')}`;
}

/** An object literal of the required fields. */
function valuesOf(fields: readonly SchemaField[], date = '1'): string {
  const values: Record<FieldKind, string> = { string: "'x'", number: '1', boolean: 'true', date, id: "'1'" };
  const members = fields.filter(({ isRequired }) => isRequired).map(({ name, kind }) => `${name}: ${values[kind]}`);
  return `{ ${members.join(', ')} }`;
}
