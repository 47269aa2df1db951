/** Which workflows there are, and starting them: `GET /v1/{tenant}/workflows` and `POST /v1/{tenant}/workflows/runs`. */
import { describeValue } from '../lib/describe-value.ts';
import { ServiceError } from '../lib/errors.ts';
import { parseJson } from '../lib/json-text.ts';
import { isPlainObject } from '../lib/plain-object.ts';
import { idempotently } from './idempotency.ts';
import { readJsonText } from './read-body.ts';
import { json } from './respond.ts';
import type { Route } from './route.ts';
import { rethrow, RunRoutes, type ServedRuns } from './workflow-route.ts';

/** What the routes are handed. */
export interface StartedRuns extends ServedRuns {
  /** the ids of the workflows, by their names */
  workflows: Readonly<Record<string, { workflowId: string }>>;
  /** the SDK's; says which run it is */
  start: (workflowId: string, input: unknown[]) => Promise<string>;
}

const START_MAX_BYTES = 1024 * 1024;
const INPUT_MAX_VALUES = 100;
const START = {
  type: 'object',
  required: ['workflow'],
  additionalProperties: false,
  properties: { workflow: { type: 'string' }, input: { type: 'array', maxItems: INPUT_MAX_VALUES, description: 'its arguments' } },
};
const STARTED = { type: 'object', required: ['runId'], properties: { runId: { type: 'string' } } };
const NAMES = {
  type: 'object',
  required: ['items'],
  properties: {
    items: {
      type: 'array',
      items: { type: 'object', properties: { name: { type: 'string' }, workflowId: { type: 'string' } } },
    },
  },
};

/** The routes that need to know the workflows of this Worker. */
export function workflowStartRoutes(runs: StartedRuns): Route[] {
  const routes = new RunRoutes(runs);
  const names = Object.keys(runs.workflows).toSorted();
  const list = routes.reads('', 'Lists the workflows that may be started, by name', undefined, async () => ({
    items: names.map((name) => ({ name, workflowId: runs.workflows[name]?.workflowId })),
  }));
  const start = routes.writes(
    '',
    'Starts a workflow; an Idempotency-Key starts it once',
    async (context) => {
      const text = await readJsonText(context.request, START_MAX_BYTES);
      const { workflow, input } = readStart(parseJson(text), names);
      const workflowId = runs.workflows[workflow]?.workflowId ?? '';
      return idempotently(context, text, {
        run: async () => {
          const runId = await runs.start(workflowId, input).catch(rethrow);
          return json({ runId }, 201, { location: `${context.url.pathname}/${runId}` });
        },
        // Only writes of items leave rows by which an answer could be found.
        answerFrom: () => Promise.reject(new ServiceError('idempotency_lost', 'The answer is lost; look for the run in the list of runs.')),
      });
    },
    START_MAX_BYTES,
  );
  return [
    { ...list, path: '/v1/:tenant/workflows', schemas: { responses: { 200: NAMES } } },
    { ...start, schemas: { headers: { 'Idempotency-Key': { type: 'string' } }, body: START, responses: { 201: STARTED } } },
  ];
}

/** @throws ServiceError `invalid_input` and `unknown_field`, each with its issue */
function readStart(body: unknown, names: readonly string[]): { workflow: string; input: unknown[] } {
  if (!isPlainObject(body)) throw new ServiceError('invalid_input', `The body: expected an object, got ${describeValue(body)}.`);
  const { workflow, input = [], ...others } = body;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) refuse(`/${unknown.slice(0, 80)}`, 'is not a member here', 'unknown_field');
  if (typeof workflow !== 'string' || !names.includes(workflow))
    return refuse('/workflow', `expected the name of a workflow (${names.join(', ')}), got ${describeValue(workflow)}`);
  if (!Array.isArray(input)) return refuse('/input', `expected a list of the arguments, got ${describeValue(input)}`);
  if (input.length > INPUT_MAX_VALUES) return refuse('/input', `expected at most ${INPUT_MAX_VALUES} arguments, got ${input.length}`);
  return { workflow, input };
}

function refuse(path: string, reason: string, code: 'invalid_input' | 'unknown_field' = 'invalid_input'): never {
  throw new ServiceError(code, `${path}: ${reason}.`, { issues: [{ path, reason, ...(code === 'unknown_field' && { kind: code }) }] });
}
