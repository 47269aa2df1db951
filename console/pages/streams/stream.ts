/** A stream as the list of them has it. */
export interface StreamListing {
  name: string;
  contentType: string;
  nextOffset: string;
  messages: number;
  /** bytes; of JSON, characters */
  size: number;
  readers: number;
  isClosed: boolean;
  createdAt: string;
  reportedAt: string;
}

const DIGITS = 16;

/** The offset so many messages before another: a position counts messages. */
export function offsetBefore(offset: string, messages: number): string {
  const [epoch = '', position = '0'] = offset.split('_');
  return `${epoch}_${String(Math.max(0, Number(position) - messages)).padStart(DIGITS, '0')}`;
}

/** What only the service writes. */
export function isOfService(name: string): boolean {
  return /^(?:changes|runs|metrics)\//.test(name);
}
