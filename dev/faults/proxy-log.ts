/** What went through the proxy: every request in order, found again by operation and by text in its body. */

/** Which requests are meant; all parts must match. Tests share one proxy: `contains` (a table name, a tenant) keeps them apart. */
export interface RequestFilter {
  /** DynamoDB's name, "GetItem"; default: any */
  operation?: string;
  /** texts that all stand in the request's JSON body; default: none */
  contains?: readonly string[];
}

/** One request to DynamoDB. */
export interface RecordedRequest {
  operation: string;
  /** the parsed JSON body */
  body: unknown;
  /** milliseconds on the proxy's own clock; `endedAtMs` is null while it is unanswered */
  startedAtMs: number;
  endedAtMs: number | null;
}

/** Bounds the memory of a long run; looking for requests after more than these have been forgotten is an error, never a wrong count. */
const MAX_ENTRIES = 100_000;

interface Entry {
  operation: string;
  text: string;
  startedAtMs: number;
  endedAtMs: number | null;
}

export class ProxyLog {
  #entries: Entry[] = [];
  #hasForgotten = false;

  /** Records a request; the function it returns says that it has been answered. */
  record(operation: string, text: string): () => void {
    const entry: Entry = { operation, text, startedAtMs: performance.now(), endedAtMs: null };
    if (this.#entries.length >= MAX_ENTRIES) {
      this.#entries = [];
      this.#hasForgotten = true;
    }
    this.#entries.push(entry);
    return () => {
      entry.endedAtMs = performance.now();
    };
  }

  /** The requests that match, in the order they arrived. @throws Error when there were so many that some are forgotten */
  find(filter: RequestFilter = {}): RecordedRequest[] {
    if (this.#hasForgotten) throw new Error(`more than ${MAX_ENTRIES} requests went through the proxy: forget them between tests`);
    return this.#entries
      .filter((entry) => matches(filter, entry.operation, entry.text))
      .map(({ operation, text, startedAtMs, endedAtMs }) => ({ operation, body: JSON.parse(text) as unknown, startedAtMs, endedAtMs }));
  }

  /** Removes the requests that match. */
  forget(filter: RequestFilter = {}): void {
    this.#entries = this.#entries.filter((entry) => !matches(filter, entry.operation, entry.text));
    if (this.#entries.length === 0) this.#hasForgotten = false;
  }
}

/** True when a request is one that the filter means. */
export function matches(filter: RequestFilter, operation: string, text: string): boolean {
  return (filter.operation ?? operation) === operation && (filter.contains ?? []).every((part) => text.includes(part));
}
