/** The queues of workflows, for operators: a message is sent to one, and what was given up is shown and sent again. */
import { ServiceError } from '../lib/errors.ts';
import { parseJson } from '../lib/json-text.ts';
import { findDeadLetter, listDeadLetters, removeDeadLetter, type DeadLetter } from '../runs/dead-letters.ts';
import { WORKFLOW_QUEUES } from '../runs/handed-message.ts';
import { PAGE_DEFAULT_ITEMS, PAGE_MAX_ITEMS, QUEUE_MESSAGE_MAX_BYTES } from '../wire/limits.ts';
import { ParameterReader } from './parameter-reader.ts';
import { readJsonText } from './read-body.ts';
import { json } from './respond.ts';
import type { RequestContext, Route } from './route.ts';

/** What the routes are handed. */
export interface OperatedQueues {
  db: () => D1Database;
  /** the producers that the Worker has, by the names of their queues */
  queues: () => Readonly<Record<string, Queue | undefined>>;
}

const OPERATOR = { access: 'operator', limit: 'operator', cacheable: false } as const;
const CHANGE = { ...OPERATOR, method: 'POST', mutates: true } as const;
const PATH = '/v1/operator/workflows';
const SENT = { type: 'object', properties: { queue: { type: 'string' } } };
const LETTERS = {
  type: 'object',
  properties: { items: { type: 'array', items: { type: 'object' } }, cursor: { type: ['string', 'null'] } },
};

export function operatorWorkflowQueueRoutes({ db, queues }: OperatedQueues): Route[] {
  const queueOf = (name: string): Queue => {
    const queue = queues()[name];
    if (queue) return queue;
    const names = Object.keys(queues()).filter((known) => queues()[known]);
    throw new ServiceError('not_found', `Expected a queue of workflows (${names.join(', ') || 'this service has none'}).`);
  };
  const letterOf = async ({ params }: RequestContext): Promise<DeadLetter> => {
    const letter = await findDeadLetter(db(), params['letter'] ?? '');
    if (letter === undefined) throw new ServiceError('not_found', 'No message of this id was given up.');
    return letter;
  };
  return [
    {
      ...CHANGE,
      path: `${PATH}/queues/:queue/messages`,
      summary: 'Sends a message, the body, to a queue of workflows',
      bodyLimitBytes: QUEUE_MESSAGE_MAX_BYTES,
      schemas: { body: {}, responses: { 202: SENT } },
      async handle({ params, request }) {
        const name = params['queue'] ?? '';
        const body = parseJson(await readJsonText(request, QUEUE_MESSAGE_MAX_BYTES));
        await queueOf(name).send(body);
        return json({ queue: name }, 202);
      },
    },
    {
      ...OPERATOR,
      method: 'GET',
      mutates: false,
      bodyLimitBytes: 0,
      path: `${PATH}/dead-letters`,
      summary: 'Lists the messages that queues of workflows have given up and that belong to no run, the oldest first',
      schemas: { query: { limit: { type: 'integer' }, cursor: { type: 'string' } }, responses: { 200: LETTERS } },
      async handle({ url }) {
        const reader = new ParameterReader(url);
        const limit = reader.integer('limit', PAGE_DEFAULT_ITEMS, PAGE_MAX_ITEMS);
        const cursor = reader.take('cursor') ?? '';
        reader.finish('limit and cursor');
        const letters = await listDeadLetters(db(), cursor, limit + 1);
        const items = letters.slice(0, limit);
        return json({ items: items.map(shown), cursor: letters.length > limit ? items.at(-1)?.id : null });
      },
    },
    {
      ...CHANGE,
      bodyLimitBytes: 0,
      path: `${PATH}/dead-letters/:letter/replay`,
      summary: 'Sends a message that was given up to its queue again',
      schemas: { responses: { 202: SENT } },
      async handle(context) {
        const { id, queue, body } = await letterOf(context);
        const name = queue === WORKFLOW_QUEUES.dead ? WORKFLOW_QUEUES.flow : queue;
        await queueOf(name).send(body);
        await removeDeadLetter(db(), id);
        return json({ queue: name }, 202);
      },
    },
  ];
}

function shown({ createdAtMs, ...letter }: DeadLetter): object {
  return { ...letter, createdAt: new Date(createdAtMs).toISOString() };
}
