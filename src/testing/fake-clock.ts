/** A clock that tests put forward. */

export interface FakeClock {
  /** Puts the clock forward. */
  advance(ms: number): void;
  /** gives the real time back */
  restore(): void;
}

/**
 * Takes the clock of the isolate: `Date` goes on as ever, and jumps when it is told to, for the test and for the Worker and its objects, which run in
 * the same isolate. Timers and alarms keep to the real time; `runDurableObjectAlarm` of cloudflare:test runs an alarm at once. To be restored when
 * the test ends.
 */
export function fakeClock(): FakeClock {
  const RealDate = globalThis.Date;
  let aheadMs = 0;
  const nowMs = () => RealDate.now() + aheadMs;
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, parts, asked) => Reflect.construct(target, parts.length === 0 ? [nowMs()] : parts, asked) as Date,
    apply: () => new RealDate(nowMs()).toString(),
    get: (target, name) => (name === 'now' ? nowMs : (Reflect.get(target, name) as unknown)),
  });
  return {
    advance: (ms) => void (aheadMs += ms),
    restore: () => void (globalThis.Date = RealDate),
  };
}
