/** Ends the reading of an expression that DynamoDB refuses, or may refuse, or that is beyond what is understood here. Never leaves this folder. */
export class NotUnderstood extends Error {}

/** What `read` returns; null when it does not understand what it reads. */
export function orNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof NotUnderstood) return null;
    throw error;
  }
}
