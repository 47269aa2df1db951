/** How fresh a caller wants a request's reads: `?consistency=` and `Cache-Control: no-cache`. */
import type { OperationContext } from '../dynamo/index.ts';
import { ServiceError } from '../lib/errors.ts';
import type { JsonSchema, RouteDefinition } from '../wire/route.ts';

/**
 * `default`: as the tenant's object answers; `strong`: DynamoDB is asked with ConsistentRead for what is not in memory;
 * `dynamodb`: DynamoDB is asked for everything, with ConsistentRead where it has it.
 */
export type ReadMode = 'default' | 'strong' | 'dynamodb';

const PARAMETER = 'consistency';
const NO_CACHE = /(?:^|,)\s*no-cache\s*(?:,|$)/i;

/** What a route that reads items declares among its query parameters. */
export const READ_MODE_PARAMETER: Readonly<Record<string, JsonSchema>> = { [PARAMETER]: { type: 'string', enum: ['strong', 'dynamodb'] } };

/**
 * The mode of a request, and its URL without the parameter that says it, so that handlers have one thing less to know. A route that does not
 * declare the parameter has the default mode.
 *
 * `Cache-Control: no-cache` is `dynamodb` (RFC 9111, 5.2.1.4: no answer from a cache that has not asked its origin) and wins over the parameter.
 *
 * @throws ServiceError `invalid_input` for another mode, or two of them
 * @see PROTOCOL.md, Freshness
 */
export function takeReadMode(request: Request, url: URL, { schemas }: RouteDefinition): { readMode: ReadMode; url: URL } {
  if (schemas.query?.[PARAMETER] === undefined) return { readMode: 'default', url };
  const named = url.search === '' ? 'default' : modeOf(url.searchParams.getAll(PARAMETER));
  const readMode = NO_CACHE.test(request.headers.get('cache-control') ?? '') ? 'dynamodb' : named;
  if (named === 'default') return { readMode, url };
  const rest = new URL(url);
  rest.searchParams.delete(PARAMETER);
  return { readMode, url: rest };
}

/** Whether a route's handler looks at parameters of its own. */
export function takesOtherParameters({ schemas }: RouteDefinition): boolean {
  return Object.keys(schemas.query ?? {}).some((name) => name !== PARAMETER);
}

/** What a mode asks of every operation of the request. */
export function operationOf(mode: ReadMode): Pick<OperationContext, 'read' | 'bypassCache'> {
  switch (mode) {
    case 'default':
      return {};
    case 'strong':
      return { read: 'strong' };
    case 'dynamodb':
      return { read: 'strong', bypassCache: true };
  }
}

/**
 * Refuses a strong list of a secondary index: DynamoDB updates its indexes after the rows, so such a promise could not be kept.
 *
 * @param index its name, or `primary`
 * @throws ServiceError `invalid_input`
 */
export function requireStrongIndex(mode: ReadMode, index: string): void {
  if (mode !== 'strong' || index === 'primary') return;
  const reason = `the index ${index} lags behind its rows; expected a list of the index primary, or consistency=dynamodb for what DynamoDB has`;
  throw new ServiceError('invalid_input', `?${PARAMETER}=strong: ${reason}.`, { issues: [{ path: `?${PARAMETER}`, reason }] });
}

function modeOf([text, ...others]: readonly string[]): ReadMode {
  if (text === undefined) return 'default';
  if (others.length === 0 && (text === 'strong' || text === 'dynamodb')) return text;
  const got = others.length === 0 ? JSON.stringify(text.slice(0, 80)) : 'several';
  const reason = `expected strong or dynamodb, got ${got}`;
  throw new ServiceError('invalid_input', `?${PARAMETER}: ${reason}.`, { issues: [{ path: `?${PARAMETER}`, reason }] });
}
