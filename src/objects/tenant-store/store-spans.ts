/** The store's part of traces: a span for each call of a request whose trace is recorded, from when it came until it was answered. */
import { SpanExporter } from '../../lib/spans.ts';
import { traceOf } from '../../lib/trace-context.ts';
import type { StoreCall } from './rpc.ts';

export interface TracingEnv {
  OTLP_ENDPOINT?: string;
  OTLP_HEADERS?: string;
}

export class StoreSpans {
  readonly #exporter: SpanExporter | null;

  constructor({ OTLP_ENDPOINT: endpoint, OTLP_HEADERS: headers = '' }: TracingEnv) {
    const entries = headers
      .split(',')
      .map((entry): [string, string] => [entry.split('=', 1)[0] ?? '', entry.slice(entry.indexOf('=') + 1)]);
    const sent = Object.fromEntries(entries.filter(([name]) => name !== ''));
    this.#exporter = endpoint
      ? new SpanExporter({ endpoint, headers: sent, serviceName: 'steamer-tenant-store', fetch: (url, init) => fetch(url, init) })
      : null;
  }

  /** Notes a call that is answered by `reply`, and sends it when it is; nobody waits for that. */
  note(call: StoreCall, reply: string | Promise<string>, nowMs: () => number): void {
    if (this.#exporter === null || !('context' in call) || call.context.trace === undefined) return;
    void this.#send(this.#exporter, `TenantStore ${call.operation}`, call.context.trace, reply, nowMs); // never rejects
  }

  async #send(
    exporter: SpanExporter,
    name: string,
    traceparent: string,
    reply: string | Promise<string>,
    nowMs: () => number,
  ): Promise<void> {
    const startedAtMs = nowMs();
    const text = await Promise.resolve(reply).catch(() => FAILED);
    const trace = traceOf(traceparent, () => false);
    await exporter.record({ ...trace, name, startedAtMs, endedAtMs: nowMs(), attributes: {}, isFailed: text.startsWith(FAILED) });
  }
}

/** How the reply to a call that has failed begins. */
const FAILED = '{"ok":false';
