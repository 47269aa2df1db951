/** The ids of events in the audit log: they sort as the events happened. */
import { base62 } from './base62.ts';
import { newId } from './secrets.ts';

const TIME_DIGITS = 8;
const ORDER_DIGITS = 3;
const ORDER_MAX = 62 ** ORDER_DIGITS;

let made = 0;

/** The time first, and then a count, so that the order of ids is the order of events, also of those that one isolate writes within a millisecond. */
export function eventId(atMs: number): string {
  const order = eventTime(atMs) + base62(BigInt(made++ % ORDER_MAX), ORDER_DIGITS);
  return order + newId().slice(order.length);
}

/** What the ids of an instant begin with. */
export function eventTime(atMs: number): string {
  return base62(BigInt(atMs), TIME_DIGITS);
}
