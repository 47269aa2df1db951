/** What code says of a failure, as far as it is kept: why something has failed is told in the beginning, and an event that tells it is not refused for its length. */
import { isPlainObject } from '../lib/plain-object.ts';

const TEXT_MAX_CHARACTERS = 8_192;

/** A message or a stack; a longer one is cut. */
export function shortened(text: string): string {
  return text.length > TEXT_MAX_CHARACTERS ? `${text.slice(0, TEXT_MAX_CHARACTERS)}…` : text;
}

/** An error of an event: text, or an object with a message and a stack. Anything else is as it was. */
export function shortenedError(error: unknown): unknown {
  if (typeof error === 'string') return shortened(error);
  if (!isPlainObject(error)) return error;
  const texts = ['message', 'stack'].flatMap((name) => {
    const text = error[name];
    return typeof text === 'string' ? [[name, shortened(text)]] : [];
  });
  return { ...error, ...Object.fromEntries(texts) };
}
