/** The Worker's entry: the models of models.yaml behind one service. */
import { createService } from 'steamer';
import models, { modelOptions, tableProfile } from '../.bao/models.ts';

const service = createService({ name: '{{name}}', models, tableProfile, modelOptions });

export default service.handler;
export class TenantStore extends service.objects.TenantStore {}
export class StreamHub extends service.objects.StreamHub {}
export class StreamDirectory extends service.objects.StreamDirectory {}
export class StreamRelay extends service.objects.StreamRelay {}
export class RateLimiter extends service.objects.RateLimiter {}
export class SessionOwner extends service.objects.SessionOwner {}
export class FileLedger extends service.objects.FileLedger {}
export class TenantService extends service.entrypoints.TenantService {}
