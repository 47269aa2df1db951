/** The leaderboard's Worker, which `npm start` runs: the models of models.yaml, and while those of the leaderboard are among them pages of what is measured, which anybody may read. */
import { createService, type ServiceOptions } from 'steamer';
import { limits } from '../../.bao/limits.ts';
import models, { modelOptions, tableProfile } from '../../.bao/models.ts';
import { leaderboardPages, type LeaderboardModels } from './pages/routes.ts';

const { System, Benchmark, Result }: Partial<LeaderboardModels> = models; // somebody may have written models of their own
const shown = System && Benchmark && Result ? { System, Benchmark, Result } : null;

/** What models.yaml may say otherwise: anybody reads, from the edge where nothing was written since; members and keys of the tenant write. */
const PUBLIC: NonNullable<ServiceOptions['modelOptions']>[string] = {
  access: { read: ['public'], create: ['member'], update: ['member'], delete: ['member'], owner: null, fields: {} },
  cacheControl: 'public, max-age=0, s-maxage=300, stale-while-revalidate=60',
};

const service = createService({
  models,
  tableProfile,
  modelOptions: Object.fromEntries(
    Object.entries(modelOptions).map(([name, options]) => [
      name,
      shown !== null && name in shown && options.access === 'read-write' ? PUBLIC : options,
    ]),
  ),
  limits,
  routes: shown === null ? [] : leaderboardPages(shown),
});

export default service.handler;
export class TenantStore extends service.objects.TenantStore {}
export class StreamHub extends service.objects.StreamHub {}
export class StreamDirectory extends service.objects.StreamDirectory {}
export class StreamRelay extends service.objects.StreamRelay {}
export class RateLimiter extends service.objects.RateLimiter {}
export class SessionOwner extends service.objects.SessionOwner {}
export class FileLedger extends service.objects.FileLedger {}
export class TenantService extends service.entrypoints.TenantService {}
