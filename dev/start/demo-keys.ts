/** The demo tenant and its keys. The database holds hashes only, so the keys themselves are kept in files of the data folder. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AccountsDatabase } from '../../src/cli/accounts-database.ts';
import { apiKeyStatement } from '../../src/cli/api-keys.ts';
import { tenantStatement } from '../../src/cli/tenants.ts';
import { SCOPES } from '../../src/wire/principal.ts';

export const DEMO_TENANT = 'demo';

export interface DemoKeys {
  /** reads and writes the demo tenant's models, streams and files, and starts its workflows */
  demo: string;
  /** for the operator's routes */
  operator: string;
}

/** The files that keep the keys, by what each opens. */
export function demoKeyFiles(dataDir: string): DemoKeys {
  return { demo: join(dataDir, 'demo-key'), operator: join(dataDir, 'operator-key') };
}

/** The keys of an earlier start, or null when one is missing. */
export function readDemoKeys(dataDir: string): DemoKeys | null {
  const files = demoKeyFiles(dataDir);
  if (!existsSync(files.demo) || !existsSync(files.operator)) return null;
  return { demo: readFileSync(files.demo, 'utf8').trim(), operator: readFileSync(files.operator, 'utf8').trim() };
}

/** Makes the demo tenant if need be, and two new keys, and keeps them in files that only the user can read. */
export async function makeDemoKeys(database: AccountsDatabase, dataDir: string): Promise<DemoKeys> {
  const files = demoKeyFiles(dataDir);
  const forever = { name: 'npm start', expiresInMs: null };
  const demo = await apiKeyStatement({
    ...forever,
    tenant: DEMO_TENANT,
    scopes: SCOPES.filter((scope) => scope !== 'tenant:admin' && scope !== 'operator'),
  });
  const operator = await apiKeyStatement({ ...forever, tenant: null, scopes: ['operator'] });
  await database.run(tenantStatement(DEMO_TENANT, 'Demo'), demo.statement, operator.statement);
  writeFileSync(files.demo, `${demo.token}\n`, { mode: 0o600 });
  writeFileSync(files.operator, `${operator.token}\n`, { mode: 0o600 });
  return { demo: demo.token, operator: operator.token };
}
