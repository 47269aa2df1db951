/** JSON Schemas of a model, for clients that check before they send, or make types of them. */
import type { ModelView } from '../access/index.ts';
import type { JsonSchema } from '../wire/route.ts';
import { schemasOf } from './model-definitions.ts';
import { viewOf } from './model-route.ts';
import type { ServedModel } from './model-route.ts';
import { json } from './respond.ts';
import type { Route } from './route.ts';

const DIALECT = 'https://json-schema.org/draft/2020-12/schema';
const SCHEMA_TYPE = 'application/schema+json; charset=utf-8';

/**
 * `GET /v1/{tenant}/models/{model}/schema`: one document, which is the schema of an item, with one schema per use in its `$defs`; as far as the
 * caller may use them.
 */
export function schemaRoute(served: ServedModel): Route {
  const { guarded, description } = served;
  const { name, path } = description;
  return {
    method: 'GET',
    path: `/v1/:tenant/models/${path}/schema`,
    summary: `The JSON Schema of a ${name}, and of the bodies that writes of it take`,
    access: { scope: 'models:read', anonymous: guarded.isPublic },
    limit: 'read',
    mutates: false,
    cacheable: false,
    bodyLimitBytes: 0,
    schemas: { responses: { 200: { type: 'object', required: ['$schema', '$defs'] } } },
    handle: (context) => json(documentOf(viewOf(served, context)), 200, { 'content-type': SCHEMA_TYPE }),
  };
}

function documentOf(view: ModelView): JsonSchema {
  return {
    $schema: DIALECT,
    title: view.description.name,
    ...(view.may('read') ? { $ref: '#/$defs/read' } : {}),
    $defs: schemasOf(view),
  };
}
