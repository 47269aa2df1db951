import { whyNotATenant } from '../wire/tenant.ts';
import { type AccountsDatabase, CommandError, NOW_MS, type Row, sqlText } from './accounts-database.ts';
import { KEY_STATE } from './api-keys.ts';
import { auditStatement } from './audit-events.ts';

/**
 * The statement that makes a tenant; it changes nothing when there is one of this id.
 *
 * @throws CommandError when `id` can be no tenant's
 */
export function tenantStatement(id: string, name: string): string {
  const reason = whyNotATenant(id);
  if (reason !== null) throw new CommandError(`Not a tenant id: ${reason}`);
  return (
    `INSERT INTO tenants (id, name, created_at_ms) VALUES (${sqlText(id)}, ${sqlText(name)}, ${NOW_MS}) ` +
    'ON CONFLICT (id) DO NOTHING RETURNING id'
  );
}

/**
 * Makes a tenant.
 *
 * @throws CommandError when `id` can be no tenant's, or is one already
 */
export async function createTenant(database: AccountsDatabase, id: string, name: string): Promise<void> {
  const [made = []] = await database.run(
    tenantStatement(id, name),
    auditStatement({ tenant: sqlText(id), action: 'tenant.created', detail: { name } }),
  );
  if (made.length === 0) throw new CommandError(`There is a tenant ${id} already`);
}

/**
 * Sets the origins that browsers may call from for a tenant, besides the service's own.
 *
 * @param origins separated by commas; '' for none
 * @throws CommandError when one is no origin, or there is no such tenant
 */
export async function setTenantOrigins(database: AccountsDatabase, id: string, origins: string): Promise<void> {
  const list = origins.split(',').filter((origin) => origin !== '');
  const wrong = list.find((origin) => !URL.canParse(origin) || new URL(origin).origin !== origin);
  if (wrong !== undefined) throw new CommandError(`Expected origins such as https://app.example.com, got ${JSON.stringify(wrong)}`);
  const [changed = []] = await database.run(
    `UPDATE tenants SET allowed_origins = ${sqlText(list.join(','))} WHERE id = ${sqlText(id)} RETURNING id`,
    auditStatement({ tenant: sqlText(id), action: 'tenant.origins-replaced', detail: { origins: list } }),
  );
  if (changed.length === 0) throw new CommandError(`There is no tenant ${id}`);
}

/**
 * Suspends a tenant, or lets it go on: its keys are refused from the next request on, and nothing of it is public, within a minute.
 *
 * @throws CommandError when there is no such tenant
 */
export async function setTenantSuspended(database: AccountsDatabase, id: string, isSuspended: boolean): Promise<void> {
  const [changed = []] = await database.run(
    `UPDATE tenants SET suspended_at_ms = ${isSuspended ? NOW_MS : 'NULL'} WHERE id = ${sqlText(id)} RETURNING id`,
    auditStatement({ tenant: sqlText(id), action: isSuspended ? 'tenant.suspended' : 'tenant.resumed' }),
  );
  if (changed.length === 0) throw new CommandError(`There is no tenant ${id}`);
}

/** The tenants in the order of their ids: `id`, `name`, `plan`, `created_at_ms`, `suspended_at_ms`, `live_keys`. */
export async function listTenants(database: AccountsDatabase): Promise<Row[]> {
  const [rows = []] = await database.run(
    'SELECT id, name, plan, created_at_ms, suspended_at_ms, ' +
      `(SELECT count(*) FROM api_keys WHERE tenant_id = tenants.id AND ${KEY_STATE} = 'live') AS live_keys ` +
      'FROM tenants ORDER BY id',
  );
  return rows;
}
