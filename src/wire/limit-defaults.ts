import type { LimitsDocument } from './limit-document.ts';

/**
 * The limits of a service that states none of its own. `address` is asked before anybody is known, `tenant` for all requests of a tenant together, and the policies that
 * routes name for each principal (`public`: for each address). `api-key` is for each key that names no other.
 *
 * Their buckets are full again within seconds, so there is nothing worth writing: they are volatile.
 */
export const DEFAULT_LIMITS = {
  policies: {
    address: {
      limits: { rate: { algorithm: 'token-bucket', limit: 200, window: '1s', burst: 2_000 } },
      durability: 'volatile',
      failure: 'local',
    },
    tenant: {
      limits: { rate: { algorithm: 'token-bucket', limit: 1_000, window: '1s', burst: 5_000 } },
      durability: 'volatile',
      failure: 'open',
      reserve: { critical: 10, normal: 10 },
    },
    public: {
      limits: { rate: { algorithm: 'token-bucket', limit: 50, window: '1s', burst: 500 } },
      durability: 'volatile',
      failure: 'local',
    },
    read: { limits: { rate: { algorithm: 'token-bucket', limit: 500, window: '1s', burst: 2_000 } }, durability: 'volatile' },
    write: {
      limits: { rate: { algorithm: 'token-bucket', limit: 200, window: '1s', burst: 1_000 } },
      durability: 'volatile',
      priority: 'critical',
    },
    batch: {
      limits: { rate: { algorithm: 'token-bucket', limit: 50, window: '1s', burst: 250 } },
      durability: 'volatile',
      priority: 'background',
    },
    'api-key': { limits: { rate: { algorithm: 'token-bucket', limit: 1_000, window: '1m' } }, durability: 'volatile' },
    // Guesses at one account: by one place, by all that the account does not know, and by one place at all accounts. Longer windows make the delays grow.
    'sign-in-pair': {
      limits: {
        minute: { algorithm: 'sliding-log', limit: 5, window: '1m' },
        hour: { algorithm: 'sliding-log', limit: 20, window: '1h' },
        day: { algorithm: 'sliding-log', limit: 50, window: '1d' },
      },
      failure: 'local',
      leases: false,
    },
    'sign-in-account': {
      limits: {
        hour: { algorithm: 'sliding-log', limit: 20, window: '1h' },
        month: { algorithm: 'sliding-log', limit: 100, window: '30d' },
      },
      durability: 'strict',
      leases: false,
    },
    'sign-in-address': { limits: { rate: { algorithm: 'token-bucket', limit: 30, window: '1m', burst: 60 } }, failure: 'local' },
    'mail-pair': { limits: { hour: { algorithm: 'sliding-log', limit: 5, window: '1h' } }, failure: 'local', leases: false },
    'mail-address': { limits: { hour: { algorithm: 'sliding-log', limit: 30, window: '1h' } }, failure: 'local', leases: false },
    // Of a tenant's workflows, all together: how often runs begin, and how many of them have not ended. A place that nobody gives back is kept so long.
    'workflow-starts': {
      limits: { rate: { algorithm: 'token-bucket', limit: 100, window: '1s', burst: 1_000 } },
      durability: 'volatile',
      leases: false,
    },
    'workflow-runs': { limits: { runs: { algorithm: 'concurrency', limit: 1_000, window: '30d' } }, leases: false },
    operator: { limits: { rate: { algorithm: 'token-bucket', limit: 20, window: '1s', burst: 200 } }, durability: 'volatile' },
  },
} satisfies LimitsDocument;
