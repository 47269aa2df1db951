const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A length of time as people write it: "500ms", "10s", "15m", "24h", "30d". */
export type Duration = `${number}${keyof typeof UNIT_MS}`;

/** A duration in milliseconds; NaN for text that is none. */
export function durationMs(text: string): number {
  const [, count, unit] = /^([1-9]\d{0,9})(ms|s|m|h|d)$/.exec(text) ?? [];
  return Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS]; // the expression lets no other unit through
}
