/** The routes of tenants' stores, besides those of models: for operators, for the table's stream, and to see what stores do. */
import type { GuardedModel } from '../access/index.ts';
import { metricsRoutes } from './metrics.ts';
import { operatorStoreRoutes } from './operator-stores.ts';
import { operatorTableStreamRoutes } from './operator-table-stream.ts';
import type { Route } from './route.ts';
import { storeStatsRoutes } from './store-stats.ts';

/** @param models those of the service */
export function storeRoutes(models: ReadonlyMap<string, GuardedModel>): Route[] {
  return [...operatorTableStreamRoutes, ...operatorStoreRoutes(models), ...storeStatsRoutes(models), ...metricsRoutes];
}
