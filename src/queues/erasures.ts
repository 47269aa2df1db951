/** The queue of erasures: each message goes on with one for a while, and the next one after it. */
import { logError } from '../lib/log.ts';
import { advanceErasure } from '../accounts/index.ts';
import type { EraseMessage, EraseStep } from '../wire/erasure.ts';

/** A consumer may run for minutes; others wait meanwhile. */
const TURN_MS = 20_000;
const RETRY_SEC = 10;
const RETRY_MAX_SEC = 600;

export interface Erasers {
  db: D1Database;
  steps: readonly EraseStep[];
  /** asks for another turn */
  goOn(tenant: string): Promise<void>;
}

/** Handles a batch, one erasure after the other. What fails, or is killed, comes again. */
export async function handleErasures(batch: MessageBatch, { db, steps, goOn }: Erasers): Promise<void> {
  for (const message of batch.messages) {
    const { tenant } = message.body as EraseMessage; // written by `AccountServices.goOnErasing`
    try {
      if (!(await advanceErasure(db, steps, tenant, Date.now() + TURN_MS))) await goOn(tenant);
      message.ack();
    } catch (error) {
      const { attempts } = message;
      logError('an erasure got stuck', error, { tenant, attempts });
      message.retry({ delaySeconds: Math.min(RETRY_SEC * 2 ** (attempts - 1), RETRY_MAX_SEC) });
    }
  }
}
