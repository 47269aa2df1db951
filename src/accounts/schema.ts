/** The tables of the accounts database (D1, binding `DB`). `npx drizzle-kit generate` turns a change here into a migration. */
import { sql } from 'drizzle-orm';
import { check, index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';

export const users = sqliteTable('users', {
  /** 22 base 62 digits, 128 random bits */
  id: text('id').primaryKey(),
  /** as it was given; mail goes there */
  email: text('email').notNull(),
  /** as addresses are compared: of two that are the same to a person, one has an account */
  emailKey: text('email_key').notNull().unique(),
  fullName: text('full_name').notNull(),
  /** a PHC string, or an imported hash that the next sign-in replaces */
  passwordHash: text('password_hash').notNull(),
  emailVerifiedAtMs: integer('email_verified_at_ms'),
  createdAtMs: integer('created_at_ms').notNull(),
});

export const tenants = sqliteTable(
  'tenants',
  {
    /** as `wire/tenant.ts` allows it */
    id: text('id').primaryKey(),
    name: text('name').notNull(),
    plan: text('plan').notNull().default('standard'),
    /** the origins that browsers may call for this tenant from, separated by commas */
    allowedOrigins: text('allowed_origins').notNull().default(''),
    /** since when nothing of the tenant is served; null: it is */
    suspendedAtMs: integer('suspended_at_ms'),
    createdAtMs: integer('created_at_ms').notNull(),
  },
  () => [check('tenants_id_shape', sql.raw(`length(id) BETWEEN 1 AND 63 AND id GLOB '[a-z0-9]*' AND id NOT GLOB '*[^a-z0-9-]*'`))],
);

/** What tenants configure, `wire/tenant-config.ts`. */
export const tenantConfigs = sqliteTable('tenant_configs', {
  tenantId: text('tenant_id')
    .primaryKey()
    .references(() => tenants.id),
  /** a JSON object */
  config: text('config').notNull(),
  /** counts its changes */
  version: integer('version').notNull(),
  changedAtMs: integer('changed_at_ms').notNull(),
});

export const memberships = sqliteTable(
  'memberships',
  {
    tenantId: text('tenant_id')
      .notNull()
      .references(() => tenants.id),
    userId: text('user_id')
      .notNull()
      .references(() => users.id),
    /** a word of the tenant's; `owner` and `admin` manage it */
    role: text('role').notNull(),
    createdAtMs: integer('created_at_ms').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.userId] }), index('memberships_by_user').on(table.userId)],
);

/** Codes that were sent by mail. */
export const codes = sqliteTable(
  'codes',
  {
    /** the id of the message that was sent for it */
    id: text('id').primaryKey(),
    kind: text('kind', { enum: ['verify-email', 'reset-password', 'change-email', 'invitation'] }).notNull(),
    /** SHA-256 of the whole code in hex */
    hash: text('hash').notNull(),
    /** whose it is; an invitation is for an address */
    userId: text('user_id').references(() => users.id),
    /** the address that it was sent to, as addresses are compared */
    emailKey: text('email_key').notNull(),
    /** what it is for, as JSON: by `kind` */
    purpose: text('purpose').notNull(),
    tenantId: text('tenant_id').references(() => tenants.id),
    attempts: integer('attempts').notNull().default(0),
    expiresAtMs: integer('expires_at_ms').notNull(),
    usedAtMs: integer('used_at_ms'),
    createdAtMs: integer('created_at_ms').notNull(),
  },
  (table) => [
    index('codes_by_user').on(table.userId, table.kind),
    index('codes_by_tenant').on(table.tenantId),
    index('codes_by_expiry').on(table.expiresAtMs),
  ],
);

export const apiKeys = sqliteTable(
  'api_keys',
  {
    /** the public part of the key, 8 base 62 digits */
    kid: text('kid').primaryKey(),
    /** null for an operator's key */
    tenantId: text('tenant_id').references(() => tenants.id),
    name: text('name').notNull(),
    /** SHA-256 of the whole token in hex; the token itself is stored nowhere */
    secretHash: text('secret_hash').notNull(),
    prefix: text('prefix').notNull(),
    last4: text('last4').notNull(),
    /** a JSON array of `Scope` */
    scopes: text('scopes').notNull(),
    /** what the rules of models may ask for */
    role: text('role'),
    /** the user who made it; null: a command did, or the user is gone */
    createdBy: text('created_by'),
    /** the limit that its requests are held to, besides those of everybody */
    policy: text('policy'),
    /** the addresses and ranges it may be used from, by commas; '': from everywhere */
    addresses: text('addresses').notNull().default(''),
    /** the user that the key acts for; null: it is a backend of the tenant's own */
    subject: text('subject'),
    createdAtMs: integer('created_at_ms').notNull(),
    expiresAtMs: integer('expires_at_ms'),
    /** when it stops working; in the future while a key is being rotated */
    revokedAtMs: integer('revoked_at_ms'),
    /** written at most once a minute */
    lastUsedAtMs: integer('last_used_at_ms'),
  },
  (table) => [
    index('api_keys_by_tenant').on(table.tenantId, table.createdAtMs),
    check('api_keys_scopes_are_a_list', sql.raw(`json_valid(scopes) AND json_type(scopes) = 'array'`)),
    check('api_keys_operator_has_no_tenant', sql.raw(`tenant_id IS NULL OR instr(scopes, '"operator"') = 0`)),
  ],
);

/** What was done in a tenant, or (no tenant) to the service: see `wire/audit.ts`. */
export const auditEvents = sqliteTable(
  'audit_events',
  {
    id: text('id').primaryKey(),
    tenantId: text('tenant_id'),
    atMs: integer('at_ms').notNull(),
    actorKind: text('actor_kind').notNull(),
    actorId: text('actor_id').notNull(),
    via: text('via').notNull(),
    action: text('action').notNull(),
    target: text('target').notNull(),
    /** a JSON object of words and numbers */
    detail: text('detail').notNull(),
    address: text('address'),
    device: text('device').notNull(),
  },
  (table) => [index('audit_events_by_tenant').on(table.tenantId, table.id), index('audit_events_by_time').on(table.atMs)],
);

/** Tenants that are being erased, or are: what is left of them. */
export const erasures = sqliteTable('erasures', {
  tenantId: text('tenant_id')
    .primaryKey()
    .references(() => tenants.id),
  requestedAtMs: integer('requested_at_ms').notNull(),
  requestedBy: text('requested_by').notNull(),
  /** the name of the step that is next; '': the first, null: none */
  step: text('step').default(''),
  /** where in it to go on */
  position: text('position'),
  /** a JSON object: how many things are gone, by step */
  removed: text('removed').notNull().default('{}'),
  finishedAtMs: integer('finished_at_ms'),
});

/** The authenticator app of a user. */
export const totpSecrets = sqliteTable('totp_secrets', {
  userId: text('user_id')
    .primaryKey()
    .references(() => users.id),
  /** the secret, sealed with a key that no store has */
  sealed: text('sealed').notNull(),
  /** null: begun, and not in force */
  confirmedAtMs: integer('confirmed_at_ms'),
  /** of the last code that was taken: each is good once */
  lastStep: integer('last_step').notNull(),
  /** wrong codes since the last right one */
  failures: integer('failures').notNull(),
  failedAtMs: integer('failed_at_ms').notNull(),
});

export const recoveryCodes = sqliteTable(
  'recovery_codes',
  {
    userId: text('user_id')
      .notNull()
      .references(() => users.id),
    /** SHA-256 of the code in hex */
    hash: text('hash').notNull(),
    usedAtMs: integer('used_at_ms'),
  },
  (table) => [primaryKey({ columns: [table.userId, table.hash] })],
);

/** The passkeys of users: public keys, which open nothing. */
export const passkeys = sqliteTable(
  'passkeys',
  {
    /** as the authenticator names it, in base64url */
    id: text('id').primaryKey(),
    userId: text('user_id')
      .notNull()
      .references(() => users.id),
    /** by which its user tells it from others */
    name: text('name').notNull(),
    /** a JWK */
    publicKey: text('public_key').notNull(),
    /** as it was last told; of one that is copied, two devices count apart */
    signCount: integer('sign_count').notNull(),
    createdAtMs: integer('created_at_ms').notNull(),
    lastUsedAtMs: integer('last_used_at_ms'),
  },
  (table) => [index('passkeys_by_user').on(table.userId)],
);

/** Challenges that were answered: none is good twice. */
export const spentChallenges = sqliteTable('spent_challenges', {
  /** SHA-256 in hex */
  hash: text('hash').primaryKey(),
  /** when it is refused for its age, and the row may go */
  expiresAtMs: integer('expires_at_ms').notNull(),
});
