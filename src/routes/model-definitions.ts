/** The JSON Schemas of models under the names that routes refer to them by. */
import type { ModelView } from '../access/index.ts';
import type { JsonSchemaUse } from '../bao/index.ts';
import type { ItemOperation } from '../wire/access-rules.ts';
import type { JsonSchema } from '../wire/route.ts';
import { definition } from './api-document.ts';

/** The operations that each schema is of use for. */
const OPERATIONS: Readonly<Record<JsonSchemaUse, readonly ItemOperation[]>> = {
  read: ['read'],
  create: ['create'],
  replace: ['create', 'update'],
  update: ['update'],
};
const SUFFIXES: Readonly<Record<JsonSchemaUse, string>> = { read: '', create: 'Create', replace: 'Replace', update: 'Update' };

/** What the routes of a model say in the place of its schemas, which depend on who asks. */
export function schemaReferences(model: string): Readonly<Record<JsonSchemaUse, JsonSchema>> {
  const reference = (use: JsonSchemaUse) => definition(model + SUFFIXES[use]);
  return { read: reference('read'), create: reference('create'), replace: reference('replace'), update: reference('update') };
}

/** The schemas that are of use to who sees the model so. */
export function schemasOf(view: ModelView): Partial<Record<JsonSchemaUse, JsonSchema>> {
  const uses = Object.entries(OPERATIONS).filter(([, operations]) => operations.some((operation) => view.may(operation)));
  return Object.fromEntries(uses.map(([use]) => [use, view.jsonSchema(use as JsonSchemaUse)])); // the keys of `OPERATIONS`
}

/** The same by the names that routes refer to. What is read may have related items in it, where they were asked for. */
export function definitionsOf(view: ModelView): [name: string, schema: JsonSchema][] {
  return Object.entries(schemasOf(view)).map(([use, schema]) => [
    view.description.name + SUFFIXES[use as JsonSchemaUse],
    use === 'read' ? { ...schema, additionalProperties: true } : schema,
  ]);
}
