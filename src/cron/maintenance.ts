/**
 * Maintenance that no object can do for itself, since nobody owns what is left. Every job does a bounded part at a time, and the same part again does no harm; where
 * it has come to is kept, so that the next run goes on there.
 */
import { logError } from '../lib/log.ts';
import type { MetricsSink } from '../wire/metrics.ts';

export interface MaintenanceJob {
  name: string;
  /** @param position where the part before has ended; null: begin. @returns where to go on; null: the job has come to its end */
  run(position: string | null): Promise<{ removed: number; next: string | null }>;
}

export interface MaintenanceOptions {
  /** where jobs have come to; null: they begin anew every time */
  positions: Pick<KVNamespace, 'get' | 'put' | 'delete'> | null;
  metrics: MetricsSink;
  nowMs: () => number;
  /** as long a run takes about */
  deadlineMs: number;
}

/** Runs all jobs, each as far as time goes; one that fails is reported, and keeps none of the others. */
export async function maintain(jobs: readonly MaintenanceJob[], options: MaintenanceOptions): Promise<void> {
  const endsAtMs = options.nowMs() + options.deadlineMs;
  for (const [index, job] of jobs.entries()) {
    const { nowMs, metrics } = options;
    const startedAtMs = nowMs();
    // What is left of the time is shared by the jobs that are left.
    const untilMs = startedAtMs + (endsAtMs - startedAtMs) / (jobs.length - index);
    const { removed, failure } = await runJob(job, options, untilMs);
    if (failure !== null) logError('maintenance has failed', failure, { job: job.name });
    metrics.record({ kind: 'maintenance', job: job.name, removed, durationMs: nowMs() - startedAtMs, isFailed: failure !== null });
  }
}

/** One part at least. @returns how much was removed, also before a part has failed */
async function runJob(
  { name, run }: MaintenanceJob,
  { positions, nowMs }: MaintenanceOptions,
  untilMs: number,
): Promise<{ removed: number; failure: unknown }> {
  const key = `maintenance/${name}`;
  let removed = 0;
  try {
    let position = (await positions?.get(key)) ?? null;
    // Where the first part fails the job begins anew the next time: a position may be good for nothing any more.
    let reached: string | null = null;
    try {
      do {
        const part = await run(position);
        removed += part.removed;
        position = reached = part.next;
      } while (position !== null && nowMs() < untilMs);
    } finally {
      if (reached === null) await positions?.delete(key);
      else await positions?.put(key, reached);
    }
    return { removed, failure: null };
  } catch (failure) {
    return { removed, failure };
  }
}
