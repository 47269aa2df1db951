/** JSON that somebody else has written: checked to be UTF-8, JSON, and not too deep. */
import { ServiceError } from './errors.ts';

/** DynamoDB nests 32 levels; a body or filter has some of its own around them. */
const JSON_MAX_DEPTH = 40;

/** The text of a JSON body's bytes. @throws ServiceError `invalid_json` when they are not UTF-8 */
export function decodeText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch (cause) {
    throw new ServiceError('invalid_json', 'Expected UTF-8, got bytes that are not.', { cause });
  }
}

/**
 * The value of a JSON text.
 *
 * @param maxDepth levels of nesting; default 40
 * @throws ServiceError `invalid_json` with the parser's position
 */
export function parseJson(text: string, maxDepth = JSON_MAX_DEPTH): unknown {
  const value = parse(text);
  if (isDeeperThan(value, maxDepth)) throw new ServiceError('invalid_json', `Expected at most ${maxDepth} levels of nesting, got more.`);
  return value;
}

/** Whether arrays and objects nest deeper; walks without recursion, which the text's author could exhaust. */
function isDeeperThan(root: unknown, maxDepth: number): boolean {
  let level = [root].filter(isNested);
  for (let depth = 0; depth < maxDepth; depth++) level = level.flatMap((value) => Object.values(value).filter(isNested));
  return level.length > 0;
}

function isNested(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'not JSON';
    throw new ServiceError(
      'invalid_json',
      text === '' ? 'Expected a JSON body, got none.' : `Expected a JSON body: ${reason.slice(0, 160)}`,
    );
  }
}
