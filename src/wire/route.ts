/** What a route says of itself. The guard, the limits, OPTIONS, 405 and the API description are all made from it. */
import type { LimitPolicyName } from './limits.ts';
import type { Scope } from './principal.ts';
import type { SenderPurpose } from './sender-signature.ts';

/** A JSON Schema (2020-12) as plain data. */
export type JsonSchema = Record<string, unknown>;

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/**
 * Who may call: anyone, a user who has signed in, an operator, an operator or a program that signs its requests, or a principal of the tenant in the path whose credential
 * has the scope. `anonymous`: somebody who sends no credential may call too; what is shown is up to the rules of the model. `ticket`: a WebSocket
 * may be opened with a ticket in the URL.
 */
export type RouteAccess =
  | 'public'
  | 'user'
  | 'operator'
  | { sender: SenderPurpose }
  | { scope: Exclude<Scope, 'operator'>; anonymous?: boolean; ticket?: boolean };

export interface RouteSchemas {
  /** by name of the query parameter */
  query?: Record<string, JsonSchema>;
  /** by name of the field */
  headers?: Record<string, JsonSchema>;
  /** JSON, or of its `contentMediaType`, as responses are */
  body?: JsonSchema;
  /** by status; null: no body */
  responses: Record<number, JsonSchema | null>;
}

export interface RouteDefinition {
  method: Method;
  /** itty-router's pattern; `:tenant` is the tenant whenever it stands in a path */
  path: string;
  /** one line for the API description */
  summary: string;
  access: RouteAccess;
  limit: LimitPolicyName;
  /** whether it changes anything; a HEAD or GET never does */
  mutates: boolean;
  /** whether a cache in front may keep the answer */
  cacheable: boolean;
  /** whether it may go by what a session of a browser was up to five seconds ago, where the service has claims of that; default: no. For reads of a tenant only */
  toleratesStaleness?: boolean;
  /** whether it answers a tenant that has used up its quotas of the day, too; default: no */
  isOutsideQuotas?: boolean;
  /** the largest request body in bytes; 0: the route takes none */
  bodyLimitBytes: number;
  schemas: RouteSchemas;
}
