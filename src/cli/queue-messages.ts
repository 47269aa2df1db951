/** Messages of queues: sent to a service that runs (on this machine or elsewhere) by its operator's routes, or to a queue of Cloudflare by its API. */
import { existsSync, readFileSync } from 'node:fs';
import { CommandError } from './accounts-database.ts';

/** A message, and its queue by its name without an environment at its end. */
export interface QueueMessage {
  queue: string;
  body: unknown;
}

/** A service that runs. */
export interface RunningService {
  url: string;
  /** an operator's */
  key: string;
}

export interface DeadLetter {
  id: string;
  queue: string;
  body: unknown;
  failure: string;
  attempts: number;
  createdAt: string;
}

const KEY_FILE = '.steamer/operator-key';
const ROUTES = '/v1/operator/workflows';

/** @throws CommandError where there is no operator's key */
export function runningService(url: string): RunningService {
  const key = process.env['STEAMER_OPERATOR_KEY'] ?? (existsSync(KEY_FILE) ? readFileSync(KEY_FILE, 'utf8').trim() : '');
  if (key === '')
    throw new CommandError(
      `Expected an operator's key in STEAMER_OPERATOR_KEY, or the one of npm start in ${KEY_FILE}; steamer keys create --operator makes one`,
    );
  return { url, key };
}

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
  await callService(service, 'POST', `/queues/${encodeURIComponent(queue)}/messages`, body);
}

/** What queues have given up, the oldest first. @throws CommandError with what the service says */
export async function listDeadLetters(service: RunningService): Promise<DeadLetter[]> {
  const letters: DeadLetter[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const page = (await callService(service, 'GET', `/dead-letters${cursor && `?cursor=${cursor}`}`)) as Page; // of the service
    letters.push(...page.items);
    cursor = page.cursor;
  }
  return letters;
}

/** Sends one of them again. @returns its queue. @throws CommandError with what the service says */
export async function replayDeadLetter(service: RunningService, id: string): Promise<string> {
  const answer = await callService(service, 'POST', `/dead-letters/${encodeURIComponent(id)}/replay`);
  return (answer as { queue: string }).queue; // of the service
}

interface Page {
  items: DeadLetter[];
  cursor: string | null;
}

async function callService({ url, key }: RunningService, method: string, path: string, body?: unknown): Promise<unknown> {
  const headers = { authorization: `Bearer ${key}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) };
  const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
  const response = await fetch(new URL(ROUTES + path, url), init).catch((cause: unknown) => {
    throw new CommandError(`Expected a service at ${url} (npm start, or --url), which does not answer`, { cause });
  });
  const answer = await jsonOf(response);
  if (response.ok) return answer;
  const { detail, title, code } = answer as Partial<Record<string, string>>;
  throw new CommandError(`${url} answers ${response.status}: ${detail ?? title ?? code ?? 'no message'}`);
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

async function jsonOf(response: Response): Promise<object> {
  return (await response.json().catch(() => ({}))) as object; // what it is, is looked at member by member
}
