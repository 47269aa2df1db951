/** What a command writes into the accounts database stands in the audit log as well: nobody else sees it. */
import { eventId } from '../accounts/event-id.ts';
import type { AuditAction, AuditDetail } from '../wire/audit.ts';
import { sqlText } from './accounts-database.ts';

export interface CommandEvent {
  /** an expression in SQL */
  tenant: string;
  action: AuditAction;
  /** '': the tenant itself */
  target?: string;
  detail?: AuditDetail;
}

/** The statement that notes what the one before it has done; when that has changed nothing, there is nothing to note. */
export function auditStatement({ tenant, action, target = '', detail = {} }: CommandEvent, nowMs: number = Date.now()): string {
  const values = [
    sqlText(eventId(nowMs)),
    tenant,
    String(nowMs),
    "'operator', 'command', 'command'",
    sqlText(action),
    sqlText(target),
    sqlText(JSON.stringify(detail)),
    "NULL, 'steamer'",
  ];
  const columns = 'id, tenant_id, at_ms, actor_kind, actor_id, via, action, target, detail, address, device';
  return `INSERT INTO audit_events (${columns}) SELECT ${values.join(', ')} WHERE changes() > 0`;
}
