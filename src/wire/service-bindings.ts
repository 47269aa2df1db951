/** What a service is bound to, by the names under which it reads it: the Worker checks them, and `steamer init` writes them. */

/** One binding of wrangler.toml. */
export type ServiceBinding =
  | { kind: 'object'; className: string; isOptional?: true }
  /** `queue` is its name without the environment at its end; `maxBatchSize` how many messages its consumer takes at once */
  | { kind: 'queue'; queue: string; maxBatchSize: number; isOptional?: true }
  /** `purpose` tells it from others of its kind */
  | { kind: 'r2'; purpose: string; isOptional?: true }
  | { kind: 'd1' | 'kv' | 'analytics'; isOptional?: true };

/** The bindings by name, in the order in which wrangler.toml has them. Without one that is not optional there is no service. */
export const SERVICE_BINDINGS = {
  DB: { kind: 'd1' },
  TENANT_STORE: { kind: 'object', className: 'TenantStore' },
  STREAM_HUB: { kind: 'object', className: 'StreamHub' },
  STREAM_DIRECTORY: { kind: 'object', className: 'StreamDirectory' },
  STREAM_RELAY: { kind: 'object', className: 'StreamRelay' },
  RATE_LIMITER: { kind: 'object', className: 'RateLimiter' },
  SESSION_OWNER: { kind: 'object', className: 'SessionOwner' },
  FILE_LEDGER: { kind: 'object', className: 'FileLedger', isOptional: true },
  MAIL_QUEUE: { kind: 'queue', queue: 'steamer-mail', maxBatchSize: 10 },
  ERASURE_QUEUE: { kind: 'queue', queue: 'steamer-erasures', maxBatchSize: 1 },
  STREAM_SEGMENTS: { kind: 'r2', purpose: 'streams', isOptional: true },
  STORAGE: { kind: 'r2', purpose: 'files', isOptional: true },
  KV: { kind: 'kv', isOptional: true },
  METRICS: { kind: 'analytics', isOptional: true },
} as const satisfies Readonly<Record<string, ServiceBinding>>;

/** When wrangler.toml has the Worker do its maintenance. */
export const MAINTENANCE_CRON = '17 3 * * *';
