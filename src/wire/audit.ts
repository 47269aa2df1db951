/** What the audit log of a tenant says: who did what, when, and from where. Never a secret, and nothing that opens anything. */
import type { Principal } from './principal.ts';

/** What is noted; the first word is what it was done to, and is good as a filter by itself. */
export const AUDIT_ACTIONS = [
  'config.replaced',
  'invitation.sent',
  'invitation.withdrawn',
  'key.created',
  'key.revoked',
  'key.rotated',
  'limits.replaced',
  'limits.reset',
  'member.joined',
  'member.left',
  'member.removed',
  'member.role-changed',
  'member.second-factor-changed',
  'member.signed-in',
  'store.divided',
  'store.flushed',
  'store.mode-changed',
  'tenant.created',
  'tenant.erasure-requested',
  'tenant.exported',
  'tenant.origins-replaced',
  'tenant.resumed',
  'tenant.suspended',
] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

/** Words and numbers about an event, by name: `{ "role": "admin" }`. */
export type AuditDetail = Readonly<Record<string, string | number | boolean | null | readonly string[]>>;

/** Who did it and from where, as the request has it. */
export interface AuditSource {
  actor: Principal['subject'];
  via: Principal['via'] | 'command';
  /** the caller's address, null where nobody knows it */
  address: string | null;
  /** as a person recognises it, of the User-Agent */
  device: string;
}

export interface AuditEvent extends AuditSource {
  /** 22 base 62 digits; they sort as the events happened */
  id: string;
  atMs: number;
  /** null: of no tenant, as what an operator does to the whole service */
  tenant: string | null;
  action: AuditAction;
  /** the id of what it was done to, '' where the tenant itself is meant */
  target: string;
  detail: AuditDetail;
}
