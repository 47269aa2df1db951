/** The leaderboard's Worker: pages of what is measured, which anybody may read, beside all models of models.yaml. What `npm start` runs while they are the leaderboard's. */
import { createService, type ServiceOptions } from 'steamer';
import { limits } from '../../.bao/limits.ts';
import models, { modelOptions, tableProfile } from '../../.bao/models.ts';
import { leaderboardPages } from './pages/routes.ts';

/** Models whose items anybody may read, unless models.yaml says otherwise. */
const SHOWN = ['System', 'Benchmark', 'Result'];

/** Anybody reads, from the edge where nothing was written since; members and keys of the tenant write. */
const PUBLIC: NonNullable<ServiceOptions['modelOptions']>[string] = {
  access: { read: ['public'], create: ['member'], update: ['member'], delete: ['member'], owner: null, fields: {} },
  cacheControl: 'public, max-age=0, s-maxage=300, stale-while-revalidate=60',
};

const service = createService({
  name: 'leaderboard',
  models,
  tableProfile,
  modelOptions: Object.fromEntries(
    Object.entries(modelOptions).map(([name, options]) => [
      name,
      SHOWN.includes(name) && options.access === 'read-write' ? PUBLIC : options,
    ]),
  ),
  limits,
  routes: leaderboardPages,
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
