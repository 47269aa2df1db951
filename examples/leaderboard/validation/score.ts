/** What a submitter sends: a score of a system in a benchmark. */

export interface SubmittedScore {
  benchmarkId: string;
  systemId: string;
  value: number;
  machine: string;
  /** an instant, ISO 8601 */
  measuredAt: string;
}

const ID_CHARACTERS = 100;
const MACHINE_CHARACTERS = 200;
/** Clocks differ. */
const FUTURE_MS = 5 * 60_000;

/**
 * Why something is no score, or null where it is one: it has the members of a score and no others, a value above 0, and was measured before now.
 * Whether there are such a benchmark and such a system is not looked at.
 */
export function whyNotAScore(given: unknown, nowMs: number): string | null {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return `expected a score, got ${JSON.stringify(given)}`;
  const { benchmarkId, systemId, value, machine, measuredAt, ...others } = given as Record<string, unknown>; // checked below
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) return `${unknown.slice(0, 80)}: is no member of a score`;
  return (
    whyNotText('benchmarkId', benchmarkId, ID_CHARACTERS) ??
    whyNotText('systemId', systemId, ID_CHARACTERS) ??
    whyNotText('machine', machine, MACHINE_CHARACTERS) ??
    whyNotMeasured(value, measuredAt, nowMs)
  );
}

function whyNotMeasured(value: unknown, measuredAt: unknown, nowMs: number): string | null {
  if (typeof value !== 'number' || !Number.isFinite(value) || value <= 0) return `value: expected a number above 0, got ${shown(value)}`;
  const atMs = typeof measuredAt === 'string' ? Date.parse(measuredAt) : Number.NaN;
  if (Number.isNaN(atMs)) return `measuredAt: expected an instant like "2026-11-30T00:00:00.000Z", got ${shown(measuredAt)}`;
  return atMs > nowMs + FUTURE_MS ? `measuredAt: expected an instant that has passed, got ${shown(measuredAt)}` : null;
}

function whyNotText(name: string, given: unknown, maxCharacters: number): string | null {
  const isText = typeof given === 'string' && given.length > 0 && given.length <= maxCharacters;
  return isText ? null : `${name}: expected text of 1 to ${maxCharacters} characters, got ${shown(given)}`;
}

function shown(given: unknown): string {
  return given === undefined ? 'nothing' : JSON.stringify(given).slice(0, 100);
}
