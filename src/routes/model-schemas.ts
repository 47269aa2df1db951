/** JSON Schemas of a model, for clients that check before they send, or make types of them. */
import { jsonSchemaOf } from '../bao/index.ts';
import type { JsonSchemaUse } from '../bao/index.ts';
import type { JsonSchema } from '../wire/route.ts';
import type { ServedModel } from './model-route.ts';
import { json } from './respond.ts';
import type { Route } from './route.ts';

const USES: readonly JsonSchemaUse[] = ['read', 'create', 'replace', 'update'];
const SCHEMA_TYPE = 'application/schema+json; charset=utf-8';

/** `GET /v1/{tenant}/models/{model}/schema`: one document, which is the schema of an item, with one schema per use in its `$defs`. */
export function schemaRoute({ model, description: { name, path } }: ServedModel): Route {
  return {
    method: 'GET',
    path: `/v1/:tenant/models/${path}/schema`,
    summary: `The JSON Schema of a ${name}, and of the bodies that writes of it take`,
    access: { scope: 'models:read' },
    limit: 'read',
    mutates: false,
    cacheable: false,
    bodyLimitBytes: 0,
    schemas: { responses: { 200: { type: 'object', required: ['$schema', '$ref', '$defs'] } } },
    handle: () => {
      const definitions = USES.map((use): [string, JsonSchema] => [use, jsonSchemaOf(model, use)]);
      const document = {
        $schema: definitions[0]?.[1]['$schema'],
        title: name,
        $ref: '#/$defs/read',
        $defs: Object.fromEntries(definitions),
      };
      return json(document, 200, { 'content-type': SCHEMA_TYPE });
    },
  };
}
