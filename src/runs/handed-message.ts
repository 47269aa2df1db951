/** What a queue of Cloudflare is told of a message: where it waits, and nothing of what it says. So a message is tiny, and may come twice or late. */
import { isPlainObject } from '../lib/plain-object.ts';
import { isRunId, type RunAddress } from './run-address.ts';

export interface HandedMessage extends RunAddress {
  messageId: string;
}

/** The queues by the names under which consumers know them, without an environment at their end. */
export const WORKFLOW_QUEUES = { flow: 'workflow-queue', step: 'step-queue', dead: 'workflow-dead-letters' } as const;

/** Reads the body of a message; null: it is none of ours. */
export function readHandedMessage(body: unknown): HandedMessage | null {
  if (!isPlainObject(body)) return null;
  const { tenant, app, runId, messageId } = body;
  if (!isName(tenant) || !isName(app) || !isRunId(runId) || typeof messageId !== 'string') return null;
  return { tenant, app, runId, messageId };
}

/** A part of an object's name. */
function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && !value.includes('/');
}
