/** What a tenant's OpenAPI document says, as the page shows it: groups of operations, and schemas with their references followed. */

export interface Schema {
  $ref?: string;
  type?: string | readonly string[];
  format?: string;
  description?: string;
  title?: string;
  enum?: readonly unknown[];
  const?: unknown;
  anyOf?: readonly Schema[];
  oneOf?: readonly Schema[];
  items?: Schema;
  properties?: Readonly<Record<string, Schema>>;
  required?: readonly string[];
  readOnly?: boolean;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  maxItems?: number;
  pattern?: string;
}

export interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required?: boolean;
  schema: Schema;
}

type Content = Readonly<Record<string, { schema: Schema }>>;

interface Operation {
  operationId: string;
  summary: string;
  tags: readonly [string];
  parameters: readonly Parameter[];
  requestBody?: { required: boolean; content: Content };
  responses: Readonly<Record<string, { description: string; content?: Content }>>;
  security: readonly Readonly<Record<string, readonly string[]>>[];
}

export interface ApiDocument {
  paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  components: { schemas: Readonly<Record<string, Schema>> };
}

/** An operation, with where it is. */
export interface ApiRoute extends Operation {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
}

export interface RouteGroup {
  name: string;
  routes: readonly ApiRoute[];
}

/** Behind what is of the tenant. */
const LAST = ['auth', 'operator', 'service'];

/** Every operation, by its noun: those of the models first. */
export function groupsOf(document: ApiDocument): RouteGroup[] {
  const { paths } = document;
  const models = modelsOf(document);
  const rankOf = ({ name }: RouteGroup): number => (models.has(name) ? -1 : LAST.indexOf(name) + 1);
  const routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ ...operation, path, method: method.toUpperCase() as ApiRoute['method'] })),
  );
  const groups = [...Map.groupBy(routes, ({ tags: [tag] }) => tag)].map(([name, members]) => ({ name, routes: members }));
  return groups.toSorted((one, other) => rankOf(one) - rankOf(other));
}

/** The paths of the models: what has a schema. */
export function modelsOf({ paths }: ApiDocument): ReadonlySet<string> {
  return new Set(Object.keys(paths).flatMap((path) => /\/models\/([^/]+)\/schema$/.exec(path)?.[1] ?? []));
}

/** The groups with those of their routes in which every word stands: in the method, the path, the summary or a parameter. */
export function found(groups: readonly RouteGroup[], search: string): RouteGroup[] {
  const words = search.toLowerCase().split(/\s+/);
  const matches = ({ method, path, summary, parameters }: ApiRoute): boolean => {
    const text = [method, path, summary, ...parameters.map(({ name }) => name)].join(' ').toLowerCase();
    return words.every((word) => text.includes(word));
  };
  return groups.map(({ name, routes }) => ({ name, routes: routes.filter(matches) })).filter(({ routes }) => routes.length > 0);
}

/** The schema that a reference stands for. */
export function resolved({ components }: ApiDocument, schema: Schema): Schema {
  return schema.$ref === undefined ? schema : (components.schemas[schema.$ref.slice(schema.$ref.lastIndexOf('/') + 1)] ?? {});
}

/** What may stand for a value, in a word or two. @example "string", "integer or null", "array of System" */
export function kindOf(schema: Schema): string {
  const { $ref, type, items, anyOf, oneOf, const: only } = schema;
  if ($ref !== undefined) return $ref.slice($ref.lastIndexOf('/') + 1);
  if (only !== undefined) return JSON.stringify(only);
  const choices = anyOf ?? oneOf;
  if (choices !== undefined) return [...new Set(choices.map(kindOf))].join(' or ');
  if (type === 'array') return items === undefined ? 'array' : `array of ${kindOf(items)}`;
  return typeof type === 'string' ? type : (type?.join(' or ') ?? 'any value');
}

/** What is said of a value besides its kind. @example ["date-time", "at most 100"] */
export function boundsOf({ enum: values, format, minimum, maximum, minLength, maxLength, maxItems, pattern }: Schema): string[] {
  return [
    values?.map((value) => JSON.stringify(value)).join(', '),
    format,
    minimum === undefined ? undefined : `at least ${minimum}`,
    maximum === undefined ? undefined : `at most ${maximum}`,
    minLength === undefined || minLength === 1 ? undefined : `at least ${minLength} characters`,
    maxLength === undefined ? undefined : `at most ${maxLength} characters`,
    maxItems === undefined ? undefined : `at most ${maxItems} of them`,
    pattern,
  ].filter((word) => word !== undefined);
}

/** Who may: in the words of the scopes that are asked for. */
export function accessOf({ security }: ApiRoute): string {
  if (security.length === 0) return 'anybody';
  const scopes = security.flatMap(({ bearer }) => bearer ?? []);
  const who = scopes.includes('operator') ? 'operators' : scopes.length > 0 ? `the scope ${scopes.join(', ')}` : 'whoever has signed in';
  return security.some((way) => Object.keys(way).length === 0) ? `anybody, or ${who} for more` : who;
}

const NESTED_AT_MOST = 4;

/** A value that a caller could send: what has to be there, or everything where nothing has to. */
export function exampleOf(document: ApiDocument, schema: Schema, depth = 0): unknown {
  const { type, enum: values, const: only, anyOf, oneOf, properties = {}, required = [], items, format } = resolved(document, schema);
  if (only !== undefined) return only;
  if (values !== undefined) return values[0];
  const choice = (anyOf ?? oneOf)?.[0];
  if (choice !== undefined) return exampleOf(document, choice, depth);
  switch (typeof type === 'string' ? type : type?.[0]) {
    case 'object': {
      const written = Object.entries(properties).filter(([, { readOnly = false }]) => !readOnly);
      const shown = required.length === 0 ? written.slice(0, 2) : written.filter(([name]) => required.includes(name));
      if (depth === NESTED_AT_MOST) return {};
      return Object.fromEntries(shown.map(([name, member]) => [name, exampleOf(document, member, depth + 1)]));
    }
    case 'array':
      return items === undefined ? [] : [exampleOf(document, items, depth + 1)];
    case 'integer':
    case 'number':
      return 1;
    case 'boolean':
      return true;
    case 'string':
      return format === 'date-time' ? '2026-01-01T00:00:00.000Z' : '…';
    default:
      return {};
  }
}
