/** The queues of workflows: each message says where one waits, and is done with once its run has been told. Nothing runs inside a batch, so none holds up the others. */
import { logError } from '../lib/log.ts';
import type { WorkflowRunRpc } from '../objects/index.ts';
import { keepDeadLetter } from '../runs/dead-letters.ts';
import { readHandedMessage, WORKFLOW_QUEUES, type HandedMessage } from '../runs/handed-message.ts';
import type { RunAddress } from '../runs/run-address.ts';

export interface WorkflowQueues {
  db: () => D1Database;
  run: (address: RunAddress) => Pick<WorkflowRunRpc, 'claimMessage' | 'giveUpMessage'>;
}

/** A consumer for each of the queues, by its name without an environment at its end. */
export type WorkflowConsumers = Readonly<Record<string, (batch: MessageBatch) => Promise<void>>>;

const RETRY_MAX_SEC = 60;
const GIVEN_UP = 'the queue has given it up: its run could not be told of it';

export function workflowConsumers({ db, run }: WorkflowQueues): WorkflowConsumers {
  const claim = async (address: HandedMessage): Promise<void> => run(address).claimMessage(address.messageId);
  const giveUp = async (address: HandedMessage): Promise<void> => run(address).giveUpMessage(address.messageId, GIVEN_UP);
  const consumer = (queue: string, tell: (address: HandedMessage) => Promise<void>) => async (batch: MessageBatch) =>
    void (await Promise.all(batch.messages.map((message) => take(message, queue, { db, tell }))));
  return {
    [WORKFLOW_QUEUES.flow]: consumer(WORKFLOW_QUEUES.flow, claim),
    [WORKFLOW_QUEUES.step]: consumer(WORKFLOW_QUEUES.step, claim),
    [WORKFLOW_QUEUES.dead]: consumer(WORKFLOW_QUEUES.dead, giveUp),
  };
}

interface Taker {
  db: () => D1Database;
  tell: (address: HandedMessage) => Promise<void>;
}

/** What cannot be read is kept at once: another attempt would find the same. */
async function take(message: Message, queue: string, { db, tell }: Taker): Promise<void> {
  const { body, attempts } = message;
  const handed = readHandedMessage(body);
  try {
    if (handed === null) await keepDeadLetter(db(), { queue, body, failure: NOT_OURS, attempts });
    else await tell(handed);
    message.ack();
  } catch (error) {
    logError('a message of a queue of workflows could not be taken', error, { queue, attempts });
    message.retry({ delaySeconds: Math.min(2 ** (attempts - 1), RETRY_MAX_SEC) });
  }
}

const NOT_OURS = 'expected {"tenant","app","runId","messageId"}, as runs send it';
