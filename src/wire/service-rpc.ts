/** What other Workers of the account ask of a tenant by a service binding, without a key: the binding's `props` say for whom. */
import type { Scope } from './principal.ts';

/** `props` of the binding in the caller's wrangler.toml. */
export interface ServiceProps {
  tenant: string;
  /** what the caller may do; never `operator` */
  scopes: readonly Scope[];
  /** names the caller to limits, audit logs and the rules of models */
  subject: string;
  role?: string;
}

/** JSON as routes take and answer it; `Item` is what the caller knows of it. */
export type JsonObject = Record<string, unknown>;

/** Options of a list as its route takes them: `index`, its key's fields, `limit`, `cursor`, `order`, … */
export type ListQuery = Readonly<Record<string, string | number | boolean>>;

/** A model of the tenant. All throw errors with a `code` as `problem+json` has it, and `retryAfterMs` where it says when to come again. */
export interface ModelRpc<Item extends object = JsonObject> {
  /** null: there is none. A composite key is two parts */
  get(...key: readonly string[]): Promise<Item | null>;
  /** Up to 100 by their ids, in their order; those that there are not are `missing`. */
  getMany(ids: readonly (string | readonly string[])[]): Promise<{ items: Item[]; missing: unknown[] }>;
  /** One page; `cursor` of the next, null behind the last. */
  list(query: ListQuery): Promise<{ items: Item[]; cursor: string | null }>;
  /** @throws `conflict` where there is such an item */
  create(item: Partial<Item>): Promise<Item>;
  /** creates or replaces */
  put(key: readonly string[], item: Partial<Item>): Promise<Item>;
  /** Values, null to clear a field, and operators as PATCH takes them. @throws `not_found` */
  update(key: readonly string[], changes: JsonObject): Promise<Item>;
  /** @throws `not_found` */
  delete(...key: readonly string[]): Promise<void>;
}

/** A JSON stream of the tenant. */
export interface StreamRpc {
  /** Makes sure that it exists. */
  create(): Promise<void>;
  /** Stores messages behind each other. @returns the offset behind them */
  append(...messages: readonly unknown[]): Promise<{ next: string }>;
  /** what there is behind an offset; "-1": from the beginning */
  read(offset: string): Promise<{ messages: unknown[]; next: string; isUpToDate: boolean }>;
}

/** As a request has it: a key or token behind `Bearer`, or the value of a session's cookie. */
export interface ShownCredential {
  kind: 'bearer' | 'cookie';
  text: string;
}

/** Who holds a session or key. */
export interface CredentialHolder {
  subject: { kind: string; id: string };
  role: string | null;
  scopes: readonly string[];
}

/** The entrypoint `TenantService`. What `model` and `stream` answer can be called before it has come (promise pipelining). */
export interface TenantServiceRpc {
  /** @param path as in URLs: "systems" */
  model<Item extends object = JsonObject>(path: string): ModelRpc<Item>;
  /** @param name segments with slashes between them */
  stream(name: string): StreamRpc;
  /** what the tenant and the caller have used of their limits */
  limits(): Promise<JsonObject[]>;
  /** who holds a credential, or null when it is no live one of the tenant */
  holderOf(credential: ShownCredential): Promise<CredentialHolder | null>;
}
