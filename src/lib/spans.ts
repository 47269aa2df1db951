/** Spans of traces, sent to a collector by OTLP (JSON over HTTP) where one is configured. @see https://opentelemetry.io/docs/specs/otlp/ */
import { logError } from './log.ts';
import { SoleWork } from './sole-work.ts';
import type { TraceContext } from './trace-context.ts';

export interface Span extends TraceContext {
  name: string;
  /** default: what has answered; `client`: what has asked */
  kind?: 'server' | 'client';
  /** spans of other traces that it is for, too */
  links?: readonly Pick<TraceContext, 'traceId' | 'spanId'>[];
  startedAtMs: number;
  endedAtMs: number;
  attributes: Readonly<Record<string, string | number | boolean>>;
  isFailed: boolean;
}

export interface SpanExporterOptions {
  /** the collector, "https://otel.example.com": spans go to `/v1/traces` there */
  endpoint: string;
  /** sent with them: credentials */
  headers: Readonly<Record<string, string>>;
  serviceName: string;
  fetch: (url: string, init: RequestInit) => Promise<Response>;
}

/** The headers that OTLP_HEADERS tells, "name=value" by commas; a part without a name is left out. */
export function parseOtlpHeaders(text: string): Record<string, string> {
  const entries = text.split(',').map((part): [string, string] => {
    const at = part.indexOf('=');
    return [part.slice(0, Math.max(0, at)).trim(), part.slice(at + 1).trim()];
  });
  return Object.fromEntries(entries.filter(([name]) => name !== ''));
}

/** Of what a collector does not take in time, no more is kept. */
const MAX_WAITING = 500;
/** A collector that takes longer is given up. */
const COLLECTOR_MS = 10_000;
const KINDS = { server: 2, client: 3 };
const FAILED = 2;

export class SpanExporter {
  readonly #options: SpanExporterOptions;
  readonly #waiting: Span[] = [];
  /** by the clock of spans */
  readonly #sending = new SoleWork();

  constructor(options: SpanExporterOptions) {
    this.#options = options;
  }

  /** Of a trace that is sampled; any other is not sent. @returns what is to be waited for behind the answer; null for nothing */
  record(span: Span): Promise<void> | null {
    if (!span.isSampled) return null;
    const isFull = this.#waiting.length >= MAX_WAITING;
    if (!isFull) this.#waiting.push(span);
    const sending = this.#sending.underWay(span.endedAtMs);
    if (sending !== null) return isFull ? null : sending;
    return this.#sending.begin(span.endedAtMs, () => this.#send());
  }

  /** Spans that come while some are sent go together. What is lost is lost. */
  async #send(): Promise<void> {
    const { endpoint, headers, fetch } = this.#options;
    while (this.#waiting.length > 0) {
      const spans = this.#waiting.splice(0);
      try {
        const init = {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...headers },
          body: JSON.stringify(this.#request(spans)),
          signal: AbortSignal.timeout(COLLECTOR_MS),
        };
        const response = await fetch(`${endpoint}/v1/traces`, init);
        await response.body?.cancel();
        if (!response.ok) throw new Error(`the collector answers ${response.status}`);
      } catch (error) {
        logError('spans were not taken', error, { spans: spans.length });
      }
    }
  }

  #request(spans: readonly Span[]): object {
    const resource = { attributes: attributesOf({ 'service.name': this.#options.serviceName }) };
    return { resourceSpans: [{ resource, scopeSpans: [{ scope: { name: 'steamer' }, spans: spans.map(spanOf) }] }] };
  }
}

function spanOf({
  traceId,
  spanId,
  parentId,
  name,
  kind = 'server',
  links = [],
  startedAtMs,
  endedAtMs,
  attributes,
  isFailed,
}: Span): object {
  return {
    traceId,
    spanId,
    ...(parentId === null ? {} : { parentSpanId: parentId }),
    name,
    kind: KINDS[kind],
    ...(links.length === 0 ? {} : { links }),
    startTimeUnixNano: `${startedAtMs}000000`,
    endTimeUnixNano: `${endedAtMs}000000`,
    attributes: attributesOf(attributes),
    status: isFailed ? { code: FAILED } : {},
  };
}

function attributesOf(attributes: Span['attributes']): object[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: valueOf(value) }));
}

function valueOf(value: string | number | boolean): object {
  if (typeof value === 'string') return { stringValue: value };
  return typeof value === 'boolean' ? { boolValue: value } : Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}
