/** When something is tried again. */
import { SteamerError } from './connection.ts';
import { isOffline, onNetwork } from './network.ts';

const FIRST_MS = 500;
const LONGEST_MS = 30_000;

/**
 * Waits before the next try: a random time, so that those who lost a connection together do not come back together, up to twice as long after
 * each failure, and behind what the service asked for. A device that says it is offline is waited for; one that comes online tries at once.
 * So does one whose signal is aborted meanwhile: the try then says so.
 */
export async function waitToRetry(failures: number, error: unknown, signal?: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, isOffline() ? LONGEST_MS : retryDelayMs(failures, error, Math.random()));
  const ignore = onNetwork('online', resolve);
  signal?.addEventListener('abort', () => resolve());
  await promise;
  clearTimeout(timer);
  ignore();
}

/** @param random from 0 to 1 */
export function retryDelayMs(failures: number, error: unknown, random: number): number {
  return (error instanceof SteamerError ? error.retryAfterMs : 0) + random * Math.min(LONGEST_MS, FIRST_MS * 2 ** failures);
}
