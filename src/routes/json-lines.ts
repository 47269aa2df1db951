/** JSON lines as the body of a response: written while they are read by the client, and no faster. */

/** A part of a body. */
export interface LinesPart {
  /** whole lines, each with its end; may be none */
  text: string;
  isLast: boolean;
}

/** What a body is made of. */
export interface LinesSource {
  /**
   * The next part. Called again when the client has taken the part before, so that one part is held and one is on its way.
   *
   * @param signal ends when the client has gone away
   */
  next(signal: AbortSignal): Promise<LinesPart>;
  /** The last line when `next` has failed: a response that has begun can have no other status any more. */
  failed(error: unknown): string;
}

export const JSON_LINES_TYPE = 'application/jsonl; charset=utf-8';

/** The body that a part begins and a source goes on with. A client that goes away ends it. */
export function jsonLines(first: LinesPart, source: LinesSource): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const gone = new AbortController();
  const put = (controller: ReadableStreamDefaultController<Uint8Array>, { text, isLast }: LinesPart) => {
    if (text !== '') controller.enqueue(encoder.encode(text));
    if (isLast) controller.close();
  };
  return new ReadableStream<Uint8Array>({
    start: (controller) => put(controller, first),
    async pull(controller) {
      const part = await nextPart(source, gone.signal);
      if (!gone.signal.aborted) put(controller, part);
    },
    cancel: (reason) => gone.abort(reason),
  });
}

async function nextPart(source: LinesSource, signal: AbortSignal): Promise<LinesPart> {
  try {
    return await source.next(signal);
  } catch (error) {
    return { text: signal.aborted ? '' : source.failed(error), isLast: true };
  }
}
