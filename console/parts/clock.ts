import { useEffect, useState } from 'preact/hooks';

const TICK_MS = 1_000;

/** The time, as long as somebody looks. @param isRunning default true */
export function useClock(isRunning = true): number {
  const [nowMs, setNowMs] = useState(Date.now());
  useEffect(() => {
    if (!isRunning) return undefined;
    const timer = setInterval(() => setNowMs(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, [isRunning]);
  return nowMs;
}
