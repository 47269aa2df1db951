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
    const report = { kind: 'maintenance', job: job.name, removed: 0, isFailed: false } as const;
    try {
      const removed = await runJob(job, options, untilMs);
      metrics.record({ ...report, removed, durationMs: nowMs() - startedAtMs });
    } catch (error) {
      logError('maintenance has failed', error, { job: job.name });
      metrics.record({ ...report, isFailed: true, durationMs: nowMs() - startedAtMs });
    }
  }
}

/** One part at least. @returns how much was removed */
async function runJob({ name, run }: MaintenanceJob, { positions, nowMs }: MaintenanceOptions, untilMs: number): Promise<number> {
  const key = `maintenance/${name}`;
  let position = (await positions?.get(key)) ?? null;
  let sum = 0;
  do {
    const { removed, next } = await run(position);
    sum += removed;
    position = next;
  } while (position !== null && nowMs() < untilMs);
  if (position === null) await positions?.delete(key);
  else await positions?.put(key, position);
  return sum;
}
