/** Notes in the audit log what a request has done. */
import { logError } from '../lib/log.ts';
import { deviceOf, writeEvent, writeEventOfMember } from '../accounts/index.ts';
import type { AuditAction, AuditDetail, AuditSource } from '../wire/audit.ts';
import type { SecondFactorChange } from '../wire/mail.ts';
import type { Principal } from '../wire/principal.ts';
import { addressOf } from './caller-address.ts';
import type { RequestContext } from './route.ts';

/** What an event is about, besides the action. */
interface Subject {
  /** default: the tenant that the route acts for */
  tenant?: string | null;
  /** the id of what it was done to; default: the tenant itself */
  target?: string;
  detail?: AuditDetail;
}

/**
 * Notes what the caller has just done. The change is made by then: an event that the database does not take becomes a line of the Worker's log, and
 * the caller is not told of a failure that is none of the change's.
 */
export async function note(context: RequestContext, action: AuditAction, { tenant, target = '', detail = {} }: Subject): Promise<void> {
  const { principal, services } = context;
  if (principal === null) throw new TypeError(`${context.route.path} notes what somebody did, but anybody may call it`);
  const source = sourceOf(context, principal.subject, principal.via);
  const event = { ...source, atMs: Date.now(), tenant: tenant === undefined ? context.tenant : tenant, action, target, detail };
  await writeEvent(services.accounts, event).catch((error: unknown) => logError('an audit event was not stored', error, { event }));
}

/** Notes what a user has just done in the log of each tenant that the user is a member of. As `note`. */
export async function noteOfMember(
  context: RequestContext,
  userId: string,
  via: Principal['via'],
  action: AuditAction,
  detail: AuditDetail = {},
): Promise<void> {
  const source = sourceOf(context, { kind: 'user', id: userId }, via);
  const event = { ...source, atMs: Date.now(), action, target: userId, detail };
  await writeEventOfMember(context.services.accounts, userId, event).catch((error: unknown) =>
    logError('an audit event was not stored', error, { event }),
  );
}

/** Notes that the caller has changed how he signs in. As `note`. */
export async function noteFactorChange(context: RequestContext, change: SecondFactorChange): Promise<void> {
  const { principal } = context;
  if (principal !== null) await noteOfMember(context, principal.subject.id, principal.via, 'member.second-factor-changed', { change });
}

function sourceOf({ request }: RequestContext, actor: Principal['subject'], via: Principal['via']): AuditSource {
  return { actor, via, address: addressOf(request), device: deviceOf(request.headers.get('user-agent')) };
}
