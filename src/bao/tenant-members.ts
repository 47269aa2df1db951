/** The tenant context with all of dynamo-bao's methods, for the entry that has everything. */
import { ConfigurationError } from './errors.ts';
import { lastManager } from './last-manager.ts';
import type { ModelManager } from './manager.ts';
import { TenantContext as CoreContext, checkTenant, clearResolvers, currentTenantScope, TENANT_REQUIRED } from './tenant-context.ts';

/** The tenant of the current asynchronous scope, or of the first resolver that knows one. */
export const TenantContext = {
  ...CoreContext,

  /** The same as `runWithTenant`. */
  withTenant<Result>(tenant: string | null, callback: () => Result): Result {
    return CoreContext.runWithTenant(tenant, callback);
  },

  /**
   * Changes the tenant of the current scope.
   *
   * @returns the last manager that was configured, or null before `initModels`
   * @throws ConfigurationError outside of `runWithTenant`: a tenant that is set for the whole process would leak into other requests
   */
  setCurrentTenant(tenant: string | null): ModelManager | null {
    const scope = currentTenantScope();
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

  /** Leaves the tenant of the current scope. */
  clearTenant(): void {
    const scope = currentTenantScope();
    if (scope) scope.tenant = null;
  },

  /** Removes all resolvers. */
  clearResolvers,

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

function notInitialised(): never {
  throw new ConfigurationError('no models are initialised; call initModels');
}
