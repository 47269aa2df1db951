/** Routes as an OpenAPI 3.1 document: what they say of themselves, in the words of that specification. */
import { STATUS_BY_CODE } from '../lib/errors.ts';
import type { JsonSchema, RouteAccess, RouteDefinition } from '../wire/route.ts';

/** What a document is of. */
export interface DescribedApi {
  title: string;
  version: string;
  /** where the service is, such as "https://api.example.com" */
  origin: string;
  /** the tenant that stands in the paths; null: it is a parameter of them */
  tenant: string | null;
  routes: readonly RouteDefinition[];
  /** by name; a route that takes or reads one that is not here is left out */
  definitions: Readonly<Record<string, JsonSchema>>;
}

const DEFINITIONS = '#/components/schemas/';

/** Refers to one of the definitions. */
export function definition(name: string): JsonSchema {
  return { $ref: DEFINITIONS + name };
}

/** The document, as plain data. */
export function apiDocument({ title, version, origin, tenant, routes, definitions }: DescribedApi): JsonSchema {
  const paths: Record<string, Record<string, JsonSchema>> = {};
  const isKnown = (name: string): boolean => name in definitions;
  const unseen: Record<string, JsonSchema> = {};
  for (const route of routes) {
    const { body, responses } = route.schemas;
    if (![...referencesIn(body), ...(route.mutates ? [] : referencesIn(responses))].every(isKnown)) continue;
    for (const name of referencesIn(responses)) if (!isKnown(name)) unseen[name] = UNSEEN;
    const pattern = tenant === null ? route.path : route.path.replace(':tenant', tenant);
    (paths[pattern.replaceAll(PARAMETER, '{$1}')] ??= {})[route.method.toLowerCase()] = operation(route, pattern);
  }
  return {
    openapi: '3.1.0',
    info: { title, version },
    servers: [{ url: origin }],
    paths,
    components: { schemas: { ...unseen, ...definitions, Problem: PROBLEM }, securitySchemes: SECURITY_SCHEMES },
  };
}

/** A parameter in a pattern; one that takes slashes ends in "+". */
const PARAMETER = /:(\w+)\+?/g;

/** What a write answers to somebody who may not read it. */
const UNSEEN = { type: 'object', description: 'the key of the item' };

function referencesIn(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const { $ref } = schema as JsonSchema;
  return typeof $ref === 'string' ? [$ref.slice(DEFINITIONS.length)] : Object.values(schema).flatMap(referencesIn);
}

function operation(route: RouteDefinition, pattern: string): JsonSchema {
  const { summary, method, path, schemas, access } = route;
  const inPath = Array.from(pattern.matchAll(PARAMETER), ([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  const inQuery = Object.entries(schemas.query ?? {}).map(([name, schema]) => ({ name, in: 'query', schema }));
  const inHeaders = Object.entries(schemas.headers ?? {}).map(([name, schema]) => ({ name, in: 'header', schema }));
  const responses = Object.entries(schemas.responses).map(([status, schema]): [string, JsonSchema] => [
    status,
    { description: RESPONSES[status] ?? 'an answer', ...(schema === null ? {} : { content: contentOf(schema) }) },
  ]);
  return {
    operationId: operationId(method, path),
    summary,
    tags: [tagOf(path)],
    parameters: [...inPath, ...inQuery, ...inHeaders],
    ...(schemas.body === undefined ? {} : { requestBody: { required: isRequired(schemas.body), content: contentOf(schemas.body) } }),
    responses: { ...Object.fromEntries(responses), default: ERROR },
    security: securityOf(access),
  };
}

const RESPONSES: Readonly<Record<string, string>> = {
  200: 'done',
  201: 'made',
  202: 'accepted; it is done soon after',
  204: 'done, with nothing to say',
  206: 'the part that was asked for',
  304: 'as the caller has it',
};

/** Some bodies may be left out: those without a member that has to be there. */
function isRequired({ $ref, contentMediaType, required }: JsonSchema): boolean {
  return $ref !== undefined || contentMediaType !== undefined || (Array.isArray(required) && required.length > 0);
}

/** JSON, unless the schema says of which type the content is. */
function contentOf(schema: JsonSchema): JsonSchema {
  const { contentMediaType = 'application/json', ...rest } = schema;
  return { [String(contentMediaType)]: { schema: rest } };
}

/** "getSystemsById" of `GET /v1/:tenant/systems/:id`; what is of no tenant and no version is the service's. */
function operationId(method: string, path: string): string {
  const of = path.startsWith('/v1/') ? path.slice(4).replace(/^:tenant(?:\/|$)/, '') || 'tenant' : `service${path}`;
  const words = of.split(/[^\w:]+/).filter((word) => word !== '');
  return method.toLowerCase() + words.map((word) => (word.startsWith(':') ? `By${capital(word.slice(1))}` : capital(word))).join('');
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** The noun that the path is about: "systems", "streams", "auth", "operator". */
function tagOf(path: string): string {
  return /^\/v1\/(?::tenant\/)?([\w-]+)/.exec(path)?.[1] ?? 'service';
}

/** Requirements of OpenAPI: one of them is enough, and an empty one is nothing at all. */
function securityOf(access: RouteAccess): JsonSchema[] {
  if (access === 'public') return [];
  if (access === 'user') return [{ bearer: [] }, { session: [] }];
  if (access === 'operator') return [{ bearer: ['operator'] }];
  if ('sender' in access) return [{ bearer: ['operator'] }, { signature: [] }];
  return [{ bearer: [access.scope] }, { session: [] }, ...(access.ticket ? [{ ticket: [] }] : []), ...(access.anonymous ? [{}] : [])];
}

const SECURITY_SCHEMES = {
  bearer: { type: 'http', scheme: 'bearer', description: 'an API key, or the access token of a session; the roles are scopes' },
  session: { type: 'apiKey', in: 'cookie', name: '__Host-sid', description: 'the session of a browser' },
  signature: { type: 'apiKey', in: 'header', name: 'Steamer-Signature', description: 'of a program that signs what it sends' },
  ticket: { type: 'apiKey', in: 'query', name: 'ticket', description: 'for one WebSocket' },
};

const PROBLEM = {
  type: 'object',
  description: 'RFC 9457',
  required: ['code', 'title', 'status', 'detail', 'requestId'],
  properties: {
    type: { type: 'string' },
    code: { type: 'string', enum: Object.keys(STATUS_BY_CODE) },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string', description: 'what was expected and what came' },
    requestId: { type: 'string' },
    errors: {
      type: 'array',
      items: { type: 'object', required: ['pointer', 'detail'], properties: { pointer: { type: 'string' }, detail: { type: 'string' } } },
    },
    'violated-policies': { type: 'array', items: { type: 'string' } },
  },
};
const ERROR = { description: 'an error; its code says which', content: { 'application/problem+json': { schema: definition('Problem') } } };
