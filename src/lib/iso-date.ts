/** Days and instants as ISO 8601 writes them. */

const DATE = /^(\d{4})-(\d\d)-(\d\d)(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d))?$/;

/** The instant of "2026-11-20T08:00:00Z", or the beginning of "2026-11-20" in UTC; null for a day or a time that there is not. */
export function parseIsoDate(text: string): Date | null {
  const match = DATE.exec(text);
  if (!match) return null;
  const date = new Date(text);
  // JavaScript takes the 31st of every month and moves it into the next one.
  const daysInMonth = new Date(Date.UTC(Number(match[1]), Number(match[2]), 0)).getUTCDate();
  return Number.isNaN(date.getTime()) || Number(match[3]) > daysInMonth ? null : date;
}

/** Whether a text is a day with a time, in UTC or with what it is ahead of that. */
export function isIsoInstant(text: string): boolean {
  return text.includes('T') && parseIsoDate(text) !== null;
}
