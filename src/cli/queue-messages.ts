/** Messages of queues: sent to a service that runs (on this machine or elsewhere) by its operator's routes, or to a queue of Cloudflare by its API. */
import { CommandError } from './accounts-database.ts';
import { callService, jsonOf, type RunningService } from './running-service.ts';

/** A message, and its queue by its name without an environment at its end. */
export interface QueueMessage {
  queue: string;
  body: unknown;
}

export interface DeadLetter {
  id: string;
  queue: string;
  body: unknown;
  failure: string;
  attempts: number;
  createdAt: string;
}

const ROUTES = '/v1/operator/workflows';

/** The JSON of an argument. @throws CommandError */
export function messageBody(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new CommandError(`Expected the message as JSON, such as '{"test":"message"}', got ${JSON.stringify(text)}`);
  }
}

/** Sends a message through a service. @throws CommandError with what the service says */
export async function sendToService(service: RunningService, { queue, body }: QueueMessage): Promise<void> {
  await callService(service, 'POST', `${ROUTES}/queues/${encodeURIComponent(queue)}/messages`, body);
}

/** What queues have given up, the oldest first. @throws CommandError with what the service says */
export async function listDeadLetters(service: RunningService): Promise<DeadLetter[]> {
  const letters: DeadLetter[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const page = (await callService(service, 'GET', `${ROUTES}/dead-letters${cursor && `?cursor=${cursor}`}`)) as Page; // of the service
    letters.push(...page.items);
    cursor = page.cursor;
  }
  return letters;
}

/** Sends one of them again. @returns its queue. @throws CommandError with what the service says */
export async function replayDeadLetter(service: RunningService, id: string): Promise<string> {
  const answer = await callService(service, 'POST', `${ROUTES}/dead-letters/${encodeURIComponent(id)}/replay`);
  return (answer as { queue: string }).queue; // of the service
}

interface Page {
  items: DeadLetter[];
  cursor: string | null;
}

const CLOUDFLARE_API = 'https://api.cloudflare.com/client/v4';

/**
 * Sends a message to a queue of Cloudflare, as CLOUDFLARE_ACCOUNT_ID and CLOUDFLARE_API_TOKEN (which may edit queues) say.
 *
 * @throws CommandError for a queue that there is not, and with what Cloudflare says
 */
export async function sendToCloudflare({ queue, body }: QueueMessage): Promise<void> {
  const [account, token] = ['CLOUDFLARE_ACCOUNT_ID', 'CLOUDFLARE_API_TOKEN'].map((name) => {
    const value = process.env[name];
    if (!value) throw new CommandError(`--remote: expected ${name}, for Cloudflare's API`);
    return value;
  });
  const base = `${process.env['CLOUDFLARE_API_BASE_URL'] ?? CLOUDFLARE_API}/accounts/${account}/queues`;
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const queues = (await callCloudflare(base, { headers })) as { queue_id: string; queue_name: string }[]; // of its API
  const found = queues.find(({ queue_name }) => queue_name === queue);
  if (found === undefined)
    throw new CommandError(`Expected a queue of the account (${queues.map(({ queue_name }) => queue_name).join(', ')}), got ${queue}`);
  const init = { method: 'POST', headers, body: JSON.stringify({ body, content_type: 'json' }) };
  await callCloudflare(`${base}/${found.queue_id}/messages`, init);
}

async function callCloudflare(url: string, init: RequestInit): Promise<unknown> {
  const response = await fetch(url, init).catch((cause: unknown) => {
    throw new CommandError(`Cloudflare's API does not answer: ${url}`, { cause });
  });
  const { success = false, errors = [], result } = (await jsonOf(response)) as CloudflareAnswer; // of its API
  if (success) return result;
  throw new CommandError(`Cloudflare answers ${response.status}: ${errors.map(({ message }) => message).join('; ') || 'no message'}`);
}

interface CloudflareAnswer {
  success?: boolean;
  errors?: { message: string }[];
  result?: unknown;
}
