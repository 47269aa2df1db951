/** What the routes of runs have in common: whose runs they are about, and how the World's errors become the service's. */
import { ServiceError, type ErrorCode } from '../lib/errors.ts';
import type { Page } from '../runs/entities.ts';
import type { AppScope, RunAddress } from '../runs/run-address.ts';
import type { RunHome } from '../runs/run-home.ts';
import { WORKFLOW_PAGE_MAX_ENTRIES } from '../wire/limits.ts';
import type { RouteSchemas } from '../wire/route.ts';
import { runInApp } from '../world/app-scope.ts';
import type { WorldStorage } from '../world/sdk-world.ts';
import { ParameterReader, TRUE_OR_FALSE } from './parameter-reader.ts';
import { json } from './respond.ts';
import { tenantOf } from './route.ts';
import type { RequestContext, Route } from './route.ts';

/** Where the runs are. */
export interface ServedRuns {
  app: string;
  storage: WorldStorage;
  /** a run's home */
  run: (address: RunAddress) => ServedRun;
}

/** A run's home, which is an object where it can be followed. */
export interface ServedRun extends RunHome {
  fetch?(url: string, init?: RequestInit): Promise<Response>;
}

const PATH = '/v1/:tenant/workflows/runs';
const PAGE_ENTRIES = 20;
const ANY = { type: 'object' };
const PAGE = {
  type: 'object',
  required: ['items', 'cursor'],
  properties: { items: { type: 'array', items: ANY }, cursor: { type: ['string', 'null'] } },
};
export const PAYLOADS_QUERY = { payloads: { type: 'boolean' } };
export const PAGE_QUERY = { limit: { type: 'integer' }, cursor: { type: 'string' } };

/** What a handler of these routes answers: a response, or what becomes one. */
export type Answer = (context: RequestContext, scope: AppScope) => Promise<unknown>;
const COMMON = { cacheable: false, bodyLimitBytes: 0 } as const;

/** Routes of an app's runs. */
export class RunRoutes {
  readonly #runs: ServedRuns;

  constructor(runs: ServedRuns) {
    this.#runs = runs;
  }

  reads(path: string, summary: string, query: RouteSchemas['query'], answer: Answer): Route {
    const isPage = query !== undefined && 'limit' in query;
    return {
      ...COMMON,
      method: 'GET',
      path: PATH + path,
      summary,
      access: { scope: 'workflows:read' },
      limit: 'read',
      mutates: false,
      schemas: { ...(query && { query }), responses: { 200: isPage ? PAGE : ANY } },
      handle: async (context) => this.#answer(context, answer),
    };
  }

  writes(path: string, summary: string, answer: Answer, bodyLimitBytes = 0): Route {
    return {
      ...COMMON,
      bodyLimitBytes,
      method: 'POST',
      path: PATH + path,
      summary,
      access: { scope: 'workflows:write' },
      limit: 'write',
      mutates: true,
      schemas: { ...(bodyLimitBytes === 0 ? {} : { body: {} }), responses: { 200: ANY } },
      handle: async (context) => this.#answer(context, answer),
    };
  }

  /** The home of a run that there is: what has not begun has no messages, and nothing is to be made for it. */
  async home(context: RequestContext, scope: AppScope): Promise<ServedRun> {
    await this.#runs.storage.runs.get(runIdOf(context), { resolveData: 'none' });
    return this.#runs.run({ ...scope, runId: runIdOf(context) });
  }

  async #answer(context: RequestContext, answer: Answer): Promise<Response> {
    const scope = { tenant: tenantOf(context), app: this.#runs.app };
    const answered = await runInApp(scope, () => answer(context, scope)).catch(rethrow);
    return answered instanceof Response ? answered : json(answered);
  }
}

export function runIdOf({ params }: RequestContext): string {
  return params['run'] ?? '';
}

export interface ListQuery {
  pagination: { limit: number; cursor: string | null };
  resolveData: 'all' | 'none';
}

/** `?limit=` and `?cursor=`. */
export function readPagination(reader: ParameterReader): ListQuery['pagination'] {
  return { limit: reader.integer('limit', PAGE_ENTRIES, WORKFLOW_PAGE_MAX_ENTRIES), cursor: reader.take('cursor') };
}

/** `?limit=`, `?cursor=` and `?payloads=`, and nothing else. */
export function readListQuery({ url }: RequestContext): ListQuery {
  const reader = new ParameterReader(url);
  const pagination = readPagination(reader);
  const resolveData = reader.oneOf('payloads', TRUE_OR_FALSE, false) ? 'all' : 'none';
  reader.finish('limit, cursor, payloads');
  return { pagination, resolveData };
}

/** `?payloads=`, and nothing else. */
export function readPayloadsQuery({ url }: RequestContext): 'all' | 'none' {
  const reader = new ParameterReader(url);
  const resolveData = reader.oneOf('payloads', TRUE_OR_FALSE, false) ? 'all' : 'none';
  reader.finish('payloads');
  return resolveData;
}

/** A page as it is shown. */
export async function pageOf<Entry, Item>(
  { data, cursor, hasMore }: Page<Entry>,
  show: (entry: Entry) => Item | Promise<Item>,
): Promise<{ items: Item[]; cursor: string | null }> {
  return { items: await Promise.all(data.map(show)), cursor: hasMore ? cursor : null };
}

const CODES: Record<string, ErrorCode> = {
  EntityConflictError: 'conflict',
  HookNotFoundError: 'not_found',
  RunExpiredError: 'gone',
  ThrottleError: 'rate_limited',
  WorkflowRunNotFoundError: 'not_found',
};

/** Of the World's other errors. */
const CODES_OF_STATUS: Record<number, ErrorCode> = { 400: 'invalid_input', 413: 'body_too_large', 503: 'unavailable' };

/** The World's errors as the service's own. The SDK's functions put theirs around them. */
export function rethrow(error: unknown): never {
  if (!(error instanceof Error)) throw error;
  const status = 'status' in error ? error.status : undefined;
  const code = CODES[error.name] ?? CODES_OF_STATUS[Number(status)];
  const again = 'retryAfter' in error && typeof error.retryAfter === 'number' ? { retryAfterMs: error.retryAfter * 1000 } : {};
  if (code !== undefined) throw new ServiceError(code, `${error.message}.`, { cause: error, ...again });
  if (error.cause instanceof Error) return rethrow(error.cause);
  throw error;
}
