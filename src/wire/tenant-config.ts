/** A tenant's own configuration: values that its application asks for, and flags that are on for all, some or none of its callers. */
import * as z from 'zod/mini';
import { hashOf } from '../lib/text-hash.ts';

export const CONFIG_MAX_BYTES = 16 * 1024;
const MAX_NAMES = 200;

const NAME = z
  .string()
  .check(z.regex(/^[a-z][a-z0-9_-]{0,62}$/, 'expected 1 to 63 lower-case letters, digits, "_" or "-", a letter first'));
// Of records, as they are used below.
const few = z.refine((entries: unknown) => Object.keys(entries as object).length <= MAX_NAMES, `expected at most ${MAX_NAMES} names`);

/** On for everybody, for nobody, or for a share of the callers, each of which it is always the same for. */
const FLAG = z.union(
  [z.boolean(), z.strictObject({ percent: z.number().check(z.gte(0), z.lte(100)) })],
  'expected true, false or {"percent": 0 to 100}',
);

export const TENANT_CONFIG = z.strictObject({
  values: z._default(z.record(NAME, z.json()).check(few), {}),
  flags: z._default(z.record(NAME, FLAG).check(few), {}),
});
export type TenantConfig = z.infer<typeof TENANT_CONFIG>;
export type Flag = z.infer<typeof FLAG>;

/** As it is stored. Version 0: it was never written. */
export interface StoredConfig extends TenantConfig {
  version: number;
}

/** Whether a flag is on for a caller. One that is on for some stays on for them while the share grows. */
export function isFlagOn(name: string, flag: Flag, subject: string): boolean {
  return typeof flag === 'boolean' ? flag : (hashOf(`${name} ${subject}`) % 10_000) / 100 < flag.percent;
}
