import { isPlainObject } from '../lib/plain-object.ts';
import type { StructuredError } from './entities.ts';

/** An error as entities show it, of what an event says: some text, or an object with a message. */
export function structuredError(error: unknown, stack?: string, code?: string): StructuredError {
  const { message, stack: ownStack } = isPlainObject(error) ? error : { message: error };
  const shownStack = stack ?? (typeof ownStack === 'string' ? ownStack : undefined);
  return {
    message: typeof message === 'string' ? message : 'Unknown error',
    ...(shownStack === undefined ? {} : { stack: shownStack }),
    ...(code === undefined ? {} : { code }),
  };
}
