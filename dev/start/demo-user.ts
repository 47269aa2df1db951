/** The demo user, who owns the demo tenant. The database holds the hash of the password only, so the password is kept in a file of the data folder. */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import initializeArgon2 from '@phi-ag/argon2/node';
import { newId } from '../../src/accounts/secrets.ts';
import { type AccountsDatabase, NOW_MS, sqlText } from '../../src/cli/accounts-database.ts';
import { DEMO_TENANT } from './demo-keys.ts';

export interface DemoUser {
  email: string;
  password: string;
}

const EMAIL = 'demo@example.com';
const PASSWORD_BYTES = 12;

/** The user of an earlier start, or null. */
export function readDemoUser(dataDir: string): DemoUser | null {
  const file = fileOf(dataDir);
  return existsSync(file) ? { email: EMAIL, password: readFileSync(file, 'utf8').trim() } : null;
}

/** Makes the demo user, verified and owner of the demo tenant, and keeps the password in a file that only the user of this machine can read. */
export async function makeDemoUser(database: AccountsDatabase, dataDir: string): Promise<DemoUser> {
  const password = randomBytes(PASSWORD_BYTES).toString('base64url');
  const argon2 = await initializeArgon2();
  const { encoded } = argon2.hash(password, { memoryCost: 19_456, timeCost: 2, parallelism: 1 });
  const id = newId();
  await database.run(
    'INSERT INTO users (id, email, email_key, full_name, password_hash, email_verified_at_ms, created_at_ms) ' +
      `VALUES (${[id, EMAIL, EMAIL, 'Demo', encoded].map(sqlText).join(', ')}, ${NOW_MS}, ${NOW_MS}) ` +
      'ON CONFLICT (email_key) DO UPDATE SET password_hash = excluded.password_hash',
    'INSERT OR IGNORE INTO memberships (tenant_id, user_id, role, created_at_ms) ' +
      `SELECT ${sqlText(DEMO_TENANT)}, id, 'owner', ${NOW_MS} FROM users WHERE email_key = ${sqlText(EMAIL)}`,
  );
  writeFileSync(fileOf(dataDir), `${password}\n`, { mode: 0o600 });
  return { email: EMAIL, password };
}

function fileOf(dataDir: string): string {
  return join(dataDir, 'demo-password');
}
