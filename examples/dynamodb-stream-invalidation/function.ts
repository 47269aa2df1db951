/** What Lambda calls: `function.handler`. */
import { createHandler } from './handler.ts';

/** Reads STEAMER_URL and STEAMER_SENDER_KEY from the function's environment. */
export const handler = createHandler({ url: setting('STEAMER_URL'), senderKey: setting('STEAMER_SENDER_KEY') });

function setting(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`Set ${name} in the function's environment.`);
  return value;
}
