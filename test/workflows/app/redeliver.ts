import type { HandedMessage } from '../../../src/runs/handed-message.ts';
import type { CloudflareEnv } from '../../../src/world-cloudflare.ts';

interface MessageRow {
  tenant: string;
  app: string;
  run_id: string;
  id: string;
}

/** A queue takes so many at a time. */
const BATCH_MESSAGES = 100;

/** Has queues bring again what runs in D1 wait for: Cloudflare's are durable, and those of a killed workerd were in its memory. */
export async function redeliver({ WORKFLOW_DB, WORKFLOW_QUEUE }: CloudflareEnv & { WORKFLOW_DB: D1Database }): Promise<void> {
  const { results } = await WORKFLOW_DB.prepare(
    'SELECT tenant, app, run_id, id FROM workflow_messages WHERE failure IS NULL',
  ).all<MessageRow>();
  const bodies = results.map(({ tenant, app, run_id: runId, id: messageId }): HandedMessage => ({ tenant, app, runId, messageId }));
  for (let at = 0; at < bodies.length; at += BATCH_MESSAGES)
    await WORKFLOW_QUEUE.sendBatch(bodies.slice(at, at + BATCH_MESSAGES).map((body) => ({ body })));
}
