/** Which tenant the running code acts for. Every key that the layer makes carries it. */
import { AsyncScope, ENABLE_ASYNC_STORAGE } from './async-scope.ts';
import { ConfigurationError } from './errors.ts';

/** One run of code for a tenant. */
export interface TenantScope {
  tenant: string | null;
}

type TenantResolver = () => string | null | undefined;

/** The text of the error for an operation without a tenant; dynamo-bao's own. */
export const TENANT_REQUIRED =
  'Tenant context is required when tenancy is enabled. Use TenantContext.runWithTenant(tenantId, callback) or add tenant resolvers.';

const scopes = new AsyncScope<TenantScope>();
const resolvers: TenantResolver[] = [];

/** The tenant of the current asynchronous scope, or of the first resolver that knows one. `steamer/bao` has dynamo-bao's other methods too. */
export const TenantContext = {
  /**
   * Runs `callback` with all of the layer's operations inside it acting for `tenant`, and returns its result.
   *
   * @param tenant null leaves every tenant, also for an outer scope
   * @throws ConfigurationError for an id that cannot stand in a key: empty, or with `#`, `[` or `]`; and in a Worker without
   *   AsyncLocalStorage, where simultaneous requests could not be told apart
   */
  runWithTenant<Result>(tenant: string | null, callback: () => Result): Result {
    if (!scopes.isAvailable) throw new ConfigurationError(`tenants need AsyncLocalStorage: ${ENABLE_ASYNC_STORAGE}`);
    return scopes.run({ tenant: checkTenant(tenant) }, callback);
  },

  /** The tenant, or null for none. */
  getCurrentTenant(): string | null {
    const scope = scopes.getStore();
    if (scope) return scope.tenant;
    for (const resolve of resolvers) {
      const tenant = resolve();
      if (tenant !== null && tenant !== undefined) return checkTenant(tenant);
    }
    return null;
  },

  /** Adds a function that is asked for the tenant where no scope says it, after those added before. */
  addResolver(resolver: TenantResolver): void {
    if (typeof resolver !== 'function') throw new TypeError('Resolver must be a function');
    resolvers.push(resolver);
  },
};

/** The scope of the running code, whose tenant may be changed; undefined outside of `runWithTenant`. */
export function currentTenantScope(): TenantScope | undefined {
  return scopes.getStore();
}

/** Removes all resolvers. */
export function clearResolvers(): void {
  resolvers.length = 0;
}

/** A tenant that can stand in a key, or null for none. @throws ConfigurationError for any other */
export function checkTenant(tenant: string | null): string | null {
  if (tenant === null || tenant === undefined) return null;
  // `]#` ends the tenant inside a key, so an id that holds it could name another tenant's rows.
  if (typeof tenant === 'string' && tenant !== '' && !/[#[\]]/.test(tenant) && tenant.isWellFormed()) return tenant;
  throw new ConfigurationError('a tenant id has to be a string of at least one character, without "#", "[" and "]"');
}
