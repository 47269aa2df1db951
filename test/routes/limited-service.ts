/** A service with limits so small that each runs out within a test, and who asks it. */
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import models, { tableProfile } from '../../.bao/models.ts';
import { limitChangesStub } from '../../src/objects/index.ts';
import type { Route } from '../../src/routes/route.ts';
import { createService, type Service, type ServiceOptions } from '../../src/service.ts';
import type { LimitsDocument } from '../../src/wire/limit-document.ts';
import type { RestClient } from '../setup/rest-client.ts';

/** One limit, of a fixed window. */
export const rate = (limit: number, window: '1s' | '1d' = '1d') => ({ rate: { algorithm: 'fixed-window', limit, window } }) as const;

/** Few enough that each runs out within a test. */
export const LIMITS = {
  policies: {
    address: { limits: rate(12) },
    public: { limits: rate(2) },
    tenant: { limits: rate(8), reserve: { critical: 25 } },
    read: { limits: rate(3) },
    write: { limits: rate(4), priority: 'critical' },
    batch: { limits: rate(1_000), mode: 'shadow' },
    operator: { limits: rate(1_000) },
  },
} satisfies LimitsDocument;

/** Accepts a socket. */
export const socketRoute: Route = {
  method: 'GET',
  path: '/v1/:tenant/sockets',
  summary: 'Accepts a socket, for these tests',
  access: { scope: 'models:read' },
  limit: 'read',
  mutates: false,
  cacheable: false,
  bodyLimitBytes: 0,
  schemas: { responses: { 101: null } },
  handle: () => {
    const [client, server] = Object.values(new WebSocketPair()) as [WebSocket, WebSocket];
    server.accept();
    return new Response(null, { status: 101, webSocket: client });
  },
};

/** A service with limits of its own, and addresses that nobody else has. */
export class LimitedService {
  readonly set = `test-${crypto.randomUUID()}`;
  readonly #limits: LimitsDocument;

  constructor(changes: LimitsDocument = {}) {
    this.#limits = { ...LIMITS, ...changes, policies: { ...LIMITS.policies, ...changes.policies } };
  }

  /** Another isolate of it. */
  async isolate(options: ServiceOptions = {}): Promise<Service> {
    const service = createService({
      models,
      tableProfile,
      limits: this.#limits,
      // Nothing here is about deadlines, and the machine may be busy.
      limiter: { set: this.set, shards: 1, deadlineMs: 10_000 },
      routes: [socketRoute],
      ...options,
    });
    // The objects of the Worker under test have its limits: they learn these as run-time changes.
    await limitChangesStub(env.RATE_LIMITER, this.set).replaceChanges(this.#limits, 0);
    return service;
  }
}

export async function ask(
  service: Service,
  path: string,
  token: string | null,
  init: Omit<RequestInit, 'headers'> & { headers?: Record<string, string> } = {},
): Promise<Response> {
  const headers = { ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...init.headers };
  const request = new Request(`https://steamer.test${path}`, { ...init, headers });
  const ctx = createExecutionContext();
  const response = await service.handler.fetch(request as Parameters<typeof service.handler.fetch>[0], env, ctx);
  await waitOnExecutionContext(ctx);
  return response;
}

/** As a client at an address. */
export const address = (ip: string) => ({ headers: { 'cf-connecting-ip': ip } });
export const read = (service: Service, client: RestClient, init = {}) => ask(service, `/v1/${client.tenant}/models`, client.token, init);
/** Of so many answers, one after the other. */
export const statuses = async (count: number, one: () => Promise<Response>) => {
  const all: number[] = [];
  for (let turn = 0; turn < count; turn++) all.push((await one()).status);
  return all;
};
