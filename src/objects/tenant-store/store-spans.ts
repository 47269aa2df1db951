/** The store's part of traces: spans of the calls of requests whose traces are recorded, and of what DynamoDB is asked for them. */
import type { ItemStore, OperationContext, OperationResult } from '../../dynamo/item-store.ts';
import type { OperationInput, OperationName } from '../../dynamo/types.ts';
import { parseOtlpHeaders, SpanExporter } from '../../lib/spans.ts';
import { type TraceContext, traceOf, traceparentOf } from '../../lib/trace-context.ts';
import type { Reply } from './reads.ts';
import type { CoreCall, StoreCore } from './store-core.ts';

export interface TracingEnv {
  OTLP_ENDPOINT?: string;
  OTLP_HEADERS?: string;
}

export class StoreSpans {
  readonly #exporter: SpanExporter | null;
  readonly #nowMs: () => number;

  constructor({ OTLP_ENDPOINT: endpoint, OTLP_HEADERS = '' }: TracingEnv, nowMs: () => number) {
    const headers = parseOtlpHeaders(OTLP_HEADERS);
    this.#nowMs = nowMs;
    this.#exporter = endpoint
      ? new SpanExporter({ endpoint, headers, serviceName: 'steamer-tenant-store', fetch: (url, init) => fetch(url, init) })
      : null;
  }

  /** Executes a call; what is asked for it below is of its span. Nobody waits for that to be sent. */
  around(call: CoreCall, core: Pick<StoreCore, 'execute'>): Reply {
    const exporter = this.#exporter;
    if (exporter === null || call.context.trace === undefined) return core.execute(call);
    const trace = traceOf(call.context.trace, () => false);
    const startedAtMs = this.#nowMs();
    const reply = core.execute({ ...call, context: { ...call.context, trace: traceparentOf(trace) } });
    const send = async () => {
      const text = await Promise.resolve(reply).catch(() => FAILED);
      const times = { startedAtMs, endedAtMs: this.#nowMs() };
      await exporter.record({
        ...trace,
        ...times,
        name: `TenantStore ${call.operation}`,
        attributes: {},
        isFailed: text.startsWith(FAILED),
      });
    };
    void send(); // never rejects
    return reply;
  }

  /** DynamoDB, with a span for each request of a trace that is recorded: a child of the call that it is for, linked to those that have joined it. */
  ofTable(table: ItemStore): ItemStore {
    const exporter = this.#exporter;
    const nowMs = this.#nowMs;
    if (exporter === null) return table;
    return {
      async execute<Op extends OperationName>(
        operation: Op,
        input: OperationInput<Op>,
        context: OperationContext = {},
      ): Promise<OperationResult<Op>> {
        const startedAtMs = nowMs();
        const result = await table.execute(operation, input, context);
        if (context.trace === undefined) return result;
        const { calls, keys, readUnits, writeUnits } = result.meta;
        void exporter.record({
          ...traceOf(context.trace, () => false),
          name: `DynamoDB ${operation}`,
          kind: 'client',
          links: (context.links ?? []).map(spanNamedBy),
          startedAtMs,
          endedAtMs: nowMs(),
          attributes: {
            'db.system.name': 'aws.dynamodb',
            'db.operation.name': operation,
            'steamer.dynamodb_calls': calls,
            'steamer.keys': keys,
            'steamer.read_units': readUnits,
            'steamer.write_units': writeUnits,
            ...(result.ok ? {} : { 'error.type': result.error.code }),
          },
          isFailed: !result.ok,
        });
        return result;
      },
    };
  }
}

function spanNamedBy(traceparent: string): Pick<TraceContext, 'traceId' | 'spanId'> {
  const { traceId, parentId, spanId } = traceOf(traceparent, () => false);
  return { traceId, spanId: parentId ?? spanId };
}

/** How the reply to a call that has failed begins. */
const FAILED = '{"ok":false';
