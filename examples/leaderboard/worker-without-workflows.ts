/** The leaderboard without submissions, and so without the Workflow SDK: its pages, and results by whoever may write models. */
import { createBoard } from './board.ts';

const service = createBoard();

export default service.handler;
export class TenantStore extends service.objects.TenantStore {}
export class StreamHub extends service.objects.StreamHub {}
export class StreamDirectory extends service.objects.StreamDirectory {}
export class StreamRelay extends service.objects.StreamRelay {}
export class RateLimiter extends service.objects.RateLimiter {}
export class SessionOwner extends service.objects.SessionOwner {}
export class FileLedger extends service.objects.FileLedger {}
export class TenantService extends service.entrypoints.TenantService {}
