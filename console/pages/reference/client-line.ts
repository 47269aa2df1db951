/** How a route is called by `steamer/client`. */
import type { ApiRoute } from './api.ts';

interface Called {
  route: ApiRoute;
  tenant: string;
  /** the paths of the models */
  models: ReadonlySet<string>;
  /** as it would be sent; undefined: there is none */
  body: unknown;
}

/** Calls of items, by the method and what follows the model in the path. `$id`, `$body`: what the caller puts in. */
const OF_MODELS: Readonly<Record<string, string>> = {
  'GET ': 'for await (const item of $model.list()) console.log(item);',
  'POST ': 'const item = await $model.create($body);',
  'GET /search': "for await (const item of $model.search('words')) console.log(item);",
  'POST /batch-get': "// gets of one tick are one request\nconst items = await Promise.all(['…', '…'].map((id) => $model.get(id)));",
  'POST /batch-write': 'const written = await $model.batchWrite($body);',
  'GET /{id}': 'const item = await $model.get($id);',
  'PUT /{id}': 'const item = await $model.replace($id, $body);',
  'PATCH /{id}': 'const item = await $model.update($id, $body);',
  'DELETE /{id}': 'await $model.delete($id);',
};

/** Calls of what else a tenant has. */
const OF_TENANTS: Readonly<Record<string, string>> = {
  'PUT /streams/{name}': "await steamer.streams.create('…');",
  'POST /streams/{name}': "await steamer.streams.producer('…').append($value);",
  'GET /streams/{name}': "for await (const { value } of steamer.streams.follow('…')) console.log(value);",
  'DELETE /streams/{name}': "await steamer.streams.remove('…');",
  'GET /files': 'for await (const file of steamer.files.list()) console.log(file);',
  'POST /files': "const file = await steamer.files.upload(blob, { name: '…' });",
  'PUT /files/{id}': "const file = await steamer.files.send('…', blob);",
  'GET /files/{id}': "const content = await (await steamer.files.download('…')).blob();",
  'GET /files/{id}/info': "const file = await steamer.files.info('…');",
  'DELETE /files/{id}': "await steamer.files.remove('…');",
  'POST /transact': 'const items = await steamer.transact($actions);',
  'GET /workflows': 'const names = await steamer.workflows.names();',
  'POST /workflows/runs': "const runId = await steamer.workflows.start('…', ['…']);",
  'GET /workflows/runs': 'for await (const run of steamer.workflows.list()) console.log(run);',
  'GET /workflows/runs/{run}': "const run = await steamer.workflows.get('…');",
  'GET /workflows/runs/{run}/events': "for await (const { event } of steamer.workflows.events('…')) console.log(event);",
  'POST /workflows/runs/{run}/cancel': "await steamer.workflows.cancel('…');",
  'POST /workflows/runs/{run}/wake': "await steamer.workflows.wake('…');",
  'POST /workflows/runs/{run}/run-again': "const runId = await steamer.workflows.runAgain('…');",
};

/** Lines of TypeScript; null: for a route that the client has no part in. */
export function clientLineOf({ route: { method, path }, tenant, models, body }: Called): string | null {
  const values = {
    $body: literal(body),
    $value: literal(body ?? {}),
    $actions: literal((body as { actions?: unknown } | undefined)?.actions ?? []),
  };
  const filled = (line: string): string => line.replaceAll(/\$(?:body|value|actions)/g, (name) => values[name as keyof typeof values]);
  const of = path.startsWith(`/v1/${tenant}/`) ? path.slice(`/v1/${tenant}`.length) : null;
  if (of !== null) {
    const [, noun = '', rest = ''] = /^\/([^/]+)(.*)$/.exec(of) ?? [];
    const known = models.has(noun) ? ofModel(method, noun, rest) : OF_TENANTS[`${method} ${of}`];
    return filled(known ?? requestLine('await steamer.request', method, of, body));
  }
  return path.startsWith('/v1/auth/') ? requestLine('await session.request', method, path.slice('/v1/auth'.length), body) : null;
}

function ofModel(method: string, noun: string, rest: string): string | undefined {
  const isPair = rest === '/{partition}/{sort}';
  const line = OF_MODELS[`${method} ${isPair ? '/{id}' : rest}`];
  const model = /^[a-z_]\w*$/i.test(noun) ? `steamer.models.${noun}` : `steamer.models['${noun}']`;
  return line?.replaceAll('$model', model).replace('$id', isPair ? "['…', '…']" : "'…'");
}

function requestLine(call: string, method: string, path: string, body: unknown): string {
  const withBody = body === undefined ? '' : `, { body: ${literal(body)} }`;
  return `const answer = ${call}('${method}', '${path.replaceAll(/\{\w+\}/g, '…')}'${withBody});`;
}

/** A value as it stands in TypeScript. */
function literal(value: unknown): string {
  return (JSON.stringify(value, null, 1) ?? '{}')
    .replaceAll(/"([A-Za-z_$][\w$]*)":/g, '$1:')
    .replaceAll(/\n\s*/g, ' ')
    .replaceAll(/"([^"'\\]*)"/g, "'$1'");
}
