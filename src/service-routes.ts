/** The routes of a service, of all its rooms. */
import type { GuardedModel } from './access/index.ts';
import { apiDescriptionRoutes } from './routes/api-description.ts';
import { auditRoutes } from './routes/audit.ts';
import { authPasskeyRoutes } from './routes/auth-passkeys.ts';
import { authRecoveryRoutes } from './routes/auth-recovery.ts';
import { authSecondFactorRoutes } from './routes/auth-second-factor.ts';
import { authSessionRoutes } from './routes/auth-sessions.ts';
import { authRoutes } from './routes/auth.ts';
import { inDatabaseSession } from './routes/database-session.ts';
import { fileRoutes } from './routes/files.ts';
import { modelRoutes } from './routes/model-routes.ts';
import { operatorConsumptionRoutes } from './routes/operator-consumption.ts';
import { operatorExportRoutes } from './routes/operator-export.ts';
import { operatorLimitRoutes } from './routes/operator-limits.ts';
import { operatorKeyRoutes } from './routes/operator-keys.ts';
import { operatorTenantRoutes } from './routes/operator-tenants.ts';
import { operatorUsageRoutes } from './routes/operator-usage.ts';
import { outboxRoutes } from './routes/outbox.ts';
import { publishedKeyRoutes } from './routes/published-keys.ts';
import { serviceInfoRoutes } from './routes/service-info.ts';
import { storeRoutes } from './routes/store-routes.ts';
import { streamRoutes } from './routes/streams.ts';
import { tenantKeyRoutes } from './routes/tenant-keys.ts';
import { tenantConfigRoutes } from './routes/tenant-config.ts';
import { tenantMetricsRoutes } from './routes/tenant-metrics.ts';
import { tenantLimitRoutes } from './routes/tenant-limits.ts';
import { tenantRoutes } from './routes/tenants.ts';
import type { Route } from './routes/route.ts';
import type { ServiceOptions } from './service-options.ts';

/** The table: earlier routes are tried first, models' last. */
export function serviceRoutes(options: ServiceOptions, guarded: ReadonlyMap<string, GuardedModel>): readonly Route[] {
  const routes: Route[] = [
    ...serviceInfoRoutes,
    ...apiDescriptionRoutes(guarded, () => routes),
    ...publishedKeyRoutes,
    ...outboxRoutes,
    ...authRoutes,
    ...authRecoveryRoutes,
    ...authSessionRoutes,
    ...authSecondFactorRoutes,
    ...authPasskeyRoutes,
    ...[...tenantRoutes, ...tenantKeyRoutes, ...auditRoutes, ...tenantConfigRoutes].map(inDatabaseSession),
    ...streamRoutes(options.streams),
    ...fileRoutes,
    ...storeRoutes(guarded),
    ...operatorLimitRoutes,
    ...operatorConsumptionRoutes,
    ...operatorKeyRoutes,
    ...operatorTenantRoutes,
    ...operatorExportRoutes,
    ...operatorUsageRoutes,
    ...tenantLimitRoutes,
    ...tenantMetricsRoutes,
    ...(options.workflows?.routes ?? []),
    ...(options.routes ?? []),
    ...modelRoutes(guarded),
  ];
  return routes;
}
