/** The entrypoint that other Workers bind to: a tenant's models, streams, limits and sessions as methods. */
import { RpcTarget, WorkerEntrypoint } from 'cloudflare:workers';
import { ServiceError } from '../lib/errors.ts';
import type {
  CredentialHolder,
  JsonObject,
  ListQuery,
  ModelRpc,
  ServiceProps,
  ShownCredential,
  StreamRpc,
  TenantServiceRpc,
} from '../wire/service-rpc.ts';
import { whyNotAStreamName } from '../wire/stream-name.ts';
import { TenantCaller, type AnswerAs } from './tenant-caller.ts';

export interface TenantServiceOptions<Env> {
  /** answers requests as principals of the service with these bindings */
  answerAs: (env: Env, later: (work: Promise<unknown>) => void) => AnswerAs;
  /** who holds a credential of the tenant */
  holderOf: (env: Env, tenant: string, credential: ShownCredential) => Promise<CredentialHolder | null>;
}

export type TenantServiceClass<Env> = new (
  ctx: ExecutionContext<ServiceProps>,
  env: Env,
) => WorkerEntrypoint<Env, ServiceProps> & TenantServiceRpc;

/** Makes the class of the entrypoint, for the Worker's entry to export as `TenantService`. */
export function defineTenantService<Env>({ answerAs, holderOf }: TenantServiceOptions<Env>): TenantServiceClass<Env> {
  return class TenantService extends WorkerEntrypoint<Env, ServiceProps> implements TenantServiceRpc {
    get #caller(): TenantCaller {
      return new TenantCaller(
        this.ctx.props,
        answerAs(this.env, (work) => this.ctx.waitUntil(work)),
      );
    }

    model<Item extends object = JsonObject>(path: string): ModelRpc<Item> {
      return new ModelTarget<Item>(this.#caller, path);
    }

    stream(name: string): StreamRpc {
      const reason = whyNotAStreamName(name);
      if (reason !== null) throw new ServiceError('invalid_input', `Stream: ${reason}.`);
      return new StreamTarget(this.#caller, name);
    }

    async limits(): Promise<JsonObject[]> {
      const answer = await this.#caller.send('GET', 'limits');
      return (await answer.json<{ limits: JsonObject[] }>()).limits;
    }

    async holderOf(credential: ShownCredential): Promise<CredentialHolder | null> {
      return holderOf(this.env, this.#caller.tenant, credential);
    }
  };
}

class ModelTarget<Item extends object> extends RpcTarget implements ModelRpc<Item> {
  readonly #caller: TenantCaller;
  readonly #path: string;

  constructor(caller: TenantCaller, path: string) {
    super();
    this.#caller = caller;
    this.#path = encodeURIComponent(path);
  }

  async get(...key: readonly string[]): Promise<Item | null> {
    return this.#caller.find<Item>(this.#pathOf(key));
  }

  async getMany(ids: readonly (string | readonly string[])[]): Promise<{ items: Item[]; missing: unknown[] }> {
    const answer = await this.#caller.send('POST', `${this.#path}/batch-get`, { ids });
    const { items, missing, errors } = await answer.json<{ items: Item[]; missing: unknown[]; errors: unknown[] }>();
    if (errors.length > 0) throw new ServiceError('unavailable', `${errors.length} of ${ids.length} items could not be read.`);
    return { items, missing };
  }

  async list(query: ListQuery): Promise<{ items: Item[]; cursor: string | null }> {
    const parameters = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]));
    return (await this.#caller.send('GET', `${this.#path}?${parameters.toString()}`)).json();
  }

  async create(item: Partial<Item>): Promise<Item> {
    return (await this.#caller.send('POST', this.#path, item)).json();
  }

  async put(key: readonly string[], item: Partial<Item>): Promise<Item> {
    return (await this.#caller.send('PUT', this.#pathOf(key), item)).json();
  }

  async update(key: readonly string[], changes: JsonObject): Promise<Item> {
    return (await this.#caller.send('PATCH', this.#pathOf(key), changes)).json();
  }

  async delete(...key: readonly string[]): Promise<void> {
    await this.#caller.send('DELETE', this.#pathOf(key));
  }

  #pathOf(key: readonly string[]): string {
    return [this.#path, ...key.map((part) => encodeURIComponent(part))].join('/');
  }
}

class StreamTarget extends RpcTarget implements StreamRpc {
  readonly #caller: TenantCaller;
  readonly #path: string;

  constructor(caller: TenantCaller, name: string) {
    super();
    this.#caller = caller;
    this.#path = `streams/${name}`;
  }

  async create(): Promise<void> {
    await this.#caller.send('PUT', this.#path, []);
  }

  async append(...messages: readonly unknown[]): Promise<{ next: string }> {
    const { headers } = await this.#caller.send('POST', this.#path, messages);
    return { next: headers.get('stream-next-offset') ?? '' };
  }

  async read(offset: string): Promise<{ messages: unknown[]; next: string; isUpToDate: boolean }> {
    const answer = await this.#caller.send('GET', `${this.#path}?offset=${encodeURIComponent(offset)}`);
    const next = answer.headers.get('stream-next-offset') ?? '';
    return { messages: await answer.json(), next, isUpToDate: answer.headers.get('stream-up-to-date') === 'true' };
  }
}
