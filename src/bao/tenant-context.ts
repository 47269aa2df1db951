/** Which tenant the running code acts for. Every key that the layer makes carries it. */
import { AsyncScope, ENABLE_ASYNC_STORAGE } from './async-scope.ts';
import { ConfigurationError } from './errors.ts';
import { lastManager } from './last-manager.ts';
import type { ModelManager } from './manager.ts';

interface TenantScope {
  tenant: string | null;
}

type TenantResolver = () => string | null | undefined;

/** The text of the error for an operation without a tenant; dynamo-bao's own. */
export const TENANT_REQUIRED =
  'Tenant context is required when tenancy is enabled. Use TenantContext.runWithTenant(tenantId, callback) or add tenant resolvers.';

const scopes = new AsyncScope<TenantScope>();
const resolvers: TenantResolver[] = [];

/** The tenant of the current asynchronous scope, or of the first resolver that knows one. */
export const TenantContext = {
  /**
   * Runs `callback` with all of the layer's operations inside it acting for `tenant`, and returns its result.
   *
   * @param tenant null leaves every tenant, also for an outer scope
   * @throws ConfigurationError for an id that cannot stand in a key: empty, or with `#`, `[` or `]`; and in a Worker without
   *   AsyncLocalStorage, where simultaneous requests could not be told apart
   */
  runWithTenant<Result>(tenant: string | null, callback: () => Result): Result {
    return inScope(tenant, callback);
  },

  /** The same as `runWithTenant`. */
  withTenant<Result>(tenant: string | null, callback: () => Result): Result {
    return inScope(tenant, callback);
  },

  /**
   * Changes the tenant of the current scope.
   *
   * @returns the last manager that was configured, or null before `initModels`
   * @throws ConfigurationError outside of `runWithTenant`: a tenant that is set for the whole process would leak into other requests
   */
  setCurrentTenant(tenant: string | null): ModelManager | null {
    const scope = scopes.getStore();
    if (!scope)
      throw new ConfigurationError(
        'setCurrentTenant works inside TenantContext.runWithTenant only; outside it would set the tenant of every request',
      );
    scope.tenant = checkTenant(tenant);
    return lastManager();
  },

  /**
   * The last manager that was configured. One manager serves all tenants; which of them an operation acts for is the scope's to say.
   *
   * @throws ConfigurationError before `initModels`
   */
  getInstance(_tenant: string | null = null): ModelManager {
    return lastManager() ?? notInitialised();
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

  /** Leaves the tenant of the current scope. */
  clearTenant(): void {
    const scope = scopes.getStore();
    if (scope) scope.tenant = null;
  },

  /** Adds a function that is asked for the tenant where no scope says it, after those added before. */
  addResolver(resolver: TenantResolver): void {
    if (typeof resolver !== 'function') throw new TypeError('Resolver must be a function');
    resolvers.push(resolver);
  },

  /** Removes all resolvers. */
  clearResolvers(): void {
    resolvers.length = 0;
  },

  /** Removes all resolvers and leaves the tenant of the current scope. */
  reset(): void {
    this.clearResolvers();
    this.clearTenant();
  },

  /**
   * Checks that there is a tenant where one is needed.
   *
   * @throws ConfigurationError when tenancy is enabled and there is none
   */
  validateTenantRequired(config: { tenancy?: { enabled?: boolean } }): void {
    if (config.tenancy?.enabled === true && this.getCurrentTenant() === null) throw new ConfigurationError(TENANT_REQUIRED);
  },
};

function checkTenant(tenant: string | null): string | null {
  if (tenant === null || tenant === undefined) return null;
  // `]#` ends the tenant inside a key, so an id that holds it could name another tenant's rows.
  if (typeof tenant === 'string' && tenant !== '' && !/[#[\]]/.test(tenant) && tenant.isWellFormed()) return tenant;
  throw new ConfigurationError('a tenant id has to be a string of at least one character, without "#", "[" and "]"');
}

function inScope<Result>(tenant: string | null, callback: () => Result): Result {
  if (!scopes.isAvailable) throw new ConfigurationError(`tenants need AsyncLocalStorage: ${ENABLE_ASYNC_STORAGE}`);
  return scopes.run({ tenant: checkTenant(tenant) }, callback);
}

function notInitialised(): never {
  throw new ConfigurationError('no models are initialised; call initModels');
}
