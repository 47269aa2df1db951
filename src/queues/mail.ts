/** The queue of mail: each message by itself, and again when it fails. */
import { logError } from '../lib/log.ts';
import { handleMailJob, type MailDesk } from '../accounts/index.ts';
import type { MailJob } from '../wire/mail.ts';

/** The first retry comes after so long, each later one after twice that, up to the last number. */
const RETRY_SEC = 5;
const RETRY_MAX_SEC = 900;

/** Handles a batch; what fails comes again later, and does not hold up the others. */
export async function handleMail(batch: MessageBatch, desk: MailDesk): Promise<void> {
  await Promise.all(
    batch.messages.map(async (message) => {
      try {
        await handleMailJob(desk, message.body as MailJob); // written by `AccountServices.postpone`
        message.ack();
      } catch (error) {
        logError('mail was not sent', error, { attempts: message.attempts });
        message.retry({ delaySeconds: Math.min(RETRY_SEC * 2 ** (message.attempts - 1), RETRY_MAX_SEC) });
      }
    }),
  );
}
