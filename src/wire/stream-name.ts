/** Names of a tenant's streams: segments of letters, digits and `._~:@-`, with slashes between them. */
import { STREAM_NAME_MAX_BYTES } from './limits.ts';

const SEGMENT = /^(?!\.{1,2}$)[\w.~:@-]+$/;

/** What the service itself writes, and nobody else. */
const OWN_NAMES = /^(?:changes|runs|metrics)(?:\/|$)/;

/** Why `name` can be no stream, or null when it can. */
export function whyNotAStreamName(name: string): string | null {
  if (name.length <= STREAM_NAME_MAX_BYTES && name.split('/').every((segment) => SEGMENT.test(segment))) return null;
  return `expected at most ${STREAM_NAME_MAX_BYTES} letters, digits, ".", "_", "~", ":", "@", "-" and slashes between them, got ${JSON.stringify(name.slice(0, 80))}`;
}

/** Whether only the service writes streams of this name. */
export function isServiceStream(name: string): boolean {
  return OWN_NAMES.test(name);
}
