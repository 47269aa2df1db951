/** Days and months as a time zone's calendar has them: 23 or 25 hours where clocks change, and none where a zone skips a day. */

export interface CalendarPeriod {
  startMs: number;
  /** the start of the next one */
  endMs: number;
}

interface LocalDate {
  year: number;
  /** 1 to 12 */
  month: number;
  day: number;
}

const DAY_MS = 86_400_000;

/** The latest period of each zone: all keys of a limit ask for the same one. */
const latest = new Map<string, CalendarPeriod>();
const formats = new Map<string, Intl.DateTimeFormat>();

/**
 * The day or month of `timeZone` that `atMs` is in. It begins with the first instant of its first date.
 *
 * @throws RangeError when there is no such time zone
 */
export function calendarPeriod(period: 'day' | 'month', timeZone: string, atMs: number): CalendarPeriod {
  const name = `${period} ${timeZone}`;
  const known = latest.get(name);
  if (known !== undefined && known.startMs <= atMs && atMs < known.endMs) return known;
  const date = localDate(timeZone, atMs);
  const first = period === 'day' ? date : { ...date, day: 1 };
  const next = period === 'day' ? { ...date, day: date.day + 1 } : { ...date, month: date.month + 1, day: 1 };
  const found = { startMs: startOf(first, timeZone), endMs: startOf(next, timeZone) };
  latest.set(name, found);
  return found;
}

/** The first instant at which the zone's calendar shows this date, or a later one where it shows this date never. */
function startOf({ year, month, day }: LocalDate, timeZone: string): number {
  const asUtcMs = Date.UTC(year, month - 1, day);
  const target = dateNumber(localDate('UTC', asUtcMs));
  // Zones are within a day of UTC, so these two know the offsets before and after whatever happens to clocks at midnight.
  const candidates = [asUtcMs - DAY_MS, asUtcMs + DAY_MS].map((nearMs) => asUtcMs - offsetMs(timeZone, nearMs));
  const shown = candidates.filter((candidateMs) => dateNumber(localDate(timeZone, candidateMs)) >= target);
  return Math.min(...(shown.length === 0 ? candidates : shown));
}

function dateNumber({ year, month, day }: LocalDate): number {
  return (year * 100 + month) * 100 + day;
}

function localDate(timeZone: string, atMs: number): LocalDate {
  const { year, month, day } = localTime(timeZone, atMs);
  return { year, month, day };
}

/** How far the zone's clocks are ahead of UTC. */
function offsetMs(timeZone: string, atMs: number): number {
  const { year, month, day, hour, minute, second } = localTime(timeZone, atMs);
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(atMs / 1000) * 1000;
}

function localTime(timeZone: string, atMs: number): Record<'year' | 'month' | 'day' | 'hour' | 'minute' | 'second', number> {
  const format = formats.get(timeZone) ?? formatOf(timeZone);
  formats.set(timeZone, format);
  const time = { year: 0, month: 0, day: 0, hour: 0, minute: 0, second: 0 };
  for (const { type, value } of format.formatToParts(atMs)) if (type in time) time[type as keyof typeof time] = Number(value); // just looked
  return time;
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en-US', {
    timeZone,
    calendar: 'gregory',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
}
