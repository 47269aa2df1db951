/** The commands a start ends with: of the leaderboard while it is there, else of the first of the user's own models. */
import type { FieldKind } from '../../src/wire/field-kinds.ts';
import type { ServedKey, ServedModel } from './served-models.ts';

/** Something to try. */
export interface FirstCall {
  title: string;
  /** what stands behind `curl` and the key, quoted for POSIX shells */
  request: string;
}

/**
 * @param base "http://127.0.0.1:8787/v1/demo"
 * @param takesSubmissions whether the leaderboard has its workflows
 */
export function leaderboardCalls(base: string, takesSubmissions: boolean): FirstCall[] {
  const [benchmarkId, systemId] = ['emulator-get', 'dynoxide'];
  const score = { benchmarkId, systemId, value: 6900, machine: '2 vCPU', measuredAt: '2026-11-30T00:00:00.000Z' };
  const submission: FirstCall = {
    title: `submit a result, which a workflow validates and publishes at ${base.replace('/v1/', '/board/')}/benchmarks/${benchmarkId}`,
    request: `${jsonBody({ workflow: 'submit', input: [score] })} ${base}/workflows/runs`,
  };
  return [
    { title: 'one item', request: `${base}/systems/dynoxide` },
    {
      title: 'the best of a benchmark, each with its system',
      request: `-g '${base}/results?index=resultsForBenchmark&benchmarkId=get-ops&order=desc&limit=3&include=system'`,
    },
    { title: 'search', request: `'${base}/systems/search?q=dynamodb+emulator&fields=name,version'` },
    { title: 'change a field', request: `-X PATCH ${jsonBody({ homepage: 'https://example.com' })} ${base}/systems/dynoxide` },
    ...(takesSubmissions ? [submission] : []),
  ];
}

/** A look at the models, and for the first of them an item to create and a list to find it in, where one can be made up from its description. */
export function modelCalls(base: string, models: readonly ServedModel[]): FirstCall[] {
  const directory: FirstCall = { title: 'the models, with their fields and indexes', request: `${base}/models` };
  const [model] = models;
  if (model === undefined) return [directory];
  const example = exampleOf(model);
  const calls = [directory, ...(example === null ? [] : [creation(base, model, example)])];
  const list = listOf(model, example ?? {});
  return list === null ? calls : [...calls, { title: `a list of ${model.path}`, request: `-g '${base}/${model.path}?${list}'` }];
}

type Example = Record<string, unknown>;

/** The fields that an item has to have; null when a value of one of them cannot be made up. */
function exampleOf({ fields }: ServedModel): Example | null {
  const needed = Object.entries(fields).filter(([, { required }]) => required);
  const values = needed.map(([name, { kind, schema }]) => {
    const value = EXAMPLES[kind];
    return [name, typeof value === 'string' && kind === 'string' ? value.slice(0, schema.maxLength) : value] as const;
  });
  return values.some(([, value]) => value === undefined) ? null : Object.fromEntries(values);
}

/** By its id, so that it can be sent twice; without one when the service makes the id. */
function creation(base: string, { name, path, primaryKey }: ServedModel, example: Example): FirstCall {
  const ids = fieldsOf(primaryKey).map((field) => example[field]);
  const title = `create one of ${name}`;
  if (ids.includes(undefined)) return { title, request: `-X POST ${jsonBody(example)} ${base}/${path}` };
  return { title, request: `-X PUT ${jsonBody(example)} '${base}/${[path, ...ids.map(inUrl)].join('/')}'` };
}

/** The parameters of a list that needs nothing, or nothing that the example does not have. */
function listOf({ indexes, primaryKey }: ServedModel, example: Example): string | null {
  const choices = Object.entries({ ...indexes, primary: primaryKey }).filter(
    ([index, { sortKey }]) => index !== 'primary' || sortKey !== null,
  );
  const ofAll = choices.find(([, { partitionKey }]) => partitionKey === null);
  if (ofAll !== undefined) return `index=${ofAll[0]}&limit=3`;
  const ofExample = choices.find(([, { partitionKey }]) => partitionKey !== null && example[partitionKey] !== undefined);
  if (ofExample === undefined) return null;
  const [index, { partitionKey }] = ofExample;
  return `index=${index}&${partitionKey}=${inUrl(example[partitionKey ?? ''])}&limit=3`;
}

function fieldsOf({ partitionKey, sortKey }: ServedKey): string[] {
  return [partitionKey, sortKey].filter((field) => field !== null);
}

function inUrl(value: unknown): string {
  return encodeURIComponent(String(value));
}

function jsonBody(value: object): string {
  return `-H 'Content-Type: application/json' -d '${JSON.stringify(value)}'`;
}

/** A value of each kind in JSON, without a quote that a shell would see; none where only the field knows what it takes. */
const EXAMPLES: Readonly<Record<FieldKind, unknown>> = {
  string: 'example',
  integer: 1,
  float: 1,
  boolean: true,
  'date-time': '2030-01-01T00:00:00.000Z',
  'create-date': undefined,
  'modified-date': undefined,
  version: undefined,
  ulid: '01HF0000000000000000000009',
  related: 'example',
  counter: 1,
  binary: 'ZXhhbXBsZQ==',
  ttl: '2030-01-01T00:00:00.000Z',
  'string-set': ['example'],
  map: undefined,
  list: undefined,
  json: 'example',
};
