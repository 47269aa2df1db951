/** W3C Trace Context: which trace a piece of work is of. @see https://www.w3.org/TR/trace-context/ */

export interface TraceContext {
  /** 32 hexadecimal digits */
  traceId: string;
  /** 16 hexadecimal digits: of this piece of work */
  spanId: string;
  /** of what has caused it; null: it begins the trace */
  parentId: string | null;
  isSampled: boolean;
}

const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:$|-)/;

/**
 * The trace that a `traceparent` names, gone on with; a new one when it names none.
 *
 * @param isSampled whether a new trace is recorded
 * @param uuid names a new trace, and this piece of work in any
 */
export function traceOf(traceparent: string | null, isSampled: () => boolean, uuid: string = crypto.randomUUID()): TraceContext {
  // 32 digits, random but for six bits; half of them are random enough to be another id than those of the spans that follow in the trace.
  const id = uuid.replaceAll('-', '');
  const spanId = id.slice(-16);
  const [, traceId, parentId, flags] = (traceparent !== null && TRACEPARENT.exec(traceparent)) || [];
  if (traceId === undefined || parentId === undefined) return { traceId: id, spanId, parentId: null, isSampled: isSampled() };
  return { traceId, spanId, parentId, isSampled: (Number.parseInt(flags ?? '0', 16) & 1) === 1 };
}

/** What the next hop is told. */
export function traceparentOf({ traceId, spanId, isSampled }: Omit<TraceContext, 'parentId'>): string {
  return `00-${traceId}-${spanId}-${isSampled ? '01' : '00'}`;
}
