/** The Worker's entry: the default models behind one service. An application writes a file like this one with models of its own. */
import { limits } from '../.bao/limits.ts';
import models, { modelOptions, tableProfile } from '../.bao/models.ts';
import { createService } from './service.ts';

const service = createService({ models, tableProfile, modelOptions, limits });

export default service.handler;
export class TenantStore extends service.objects.TenantStore {}
export class StreamHub extends service.objects.StreamHub {}
export class StreamDirectory extends service.objects.StreamDirectory {}
export class StreamRelay extends service.objects.StreamRelay {}
export class RateLimiter extends service.objects.RateLimiter {}
export class SessionOwner extends service.objects.SessionOwner {}
export class FileLedger extends service.objects.FileLedger {}
export class TenantService extends service.entrypoints.TenantService {}
