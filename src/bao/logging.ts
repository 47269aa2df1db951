/**
 * What a configuration writes to the log: dynamo-bao's levels; values of objects are never logged. `steamer/bao/logging` for programs of
 * `steamer/bao/core`, which write nothing without it.
 */
import type { ItemStore, OperationContext, OperationResult } from '../dynamo/item-store.ts';
import type { OperationInput, OperationName } from '../dynamo/types.ts';
import { ConfigurationError } from './errors.ts';
import { addFeature } from './features.ts';
import { OutsidePlaces } from './outside-places.ts';

/** dynamo-bao's levels. WARN, the default, tells what a program had better change; DEBUG adds every operation; the others write nothing. */
export type LogLevel = 'OFF' | 'ERROR' | 'WARN' | 'INFO' | 'DEBUG';

/** Where lines go; `console` is one. */
export interface LogSink {
  warn(line: string): void;
  debug(line: string): void;
}

/** The log of one configuration. */
export interface Log {
  readonly level: LogLevel;
  warn(message: string): void;
  /** Warns of an operation outside of a batch context, once for each place in the program. */
  warnOutside(model: object, name: string): void;
  /** The store, behind a log of its operations where they are logged. */
  behind(store: ItemStore): ItemStore;
}

/** Makes the log of a configuration. @throws ConfigurationError for an unknown level */
export type LogFactory = (level: string, sink?: LogSink) => Log;

const LEVELS: readonly LogLevel[] = ['OFF', 'ERROR', 'WARN', 'INFO', 'DEBUG'];

class Logger implements Log {
  readonly level: LogLevel;
  readonly #sink: LogSink | null;
  readonly #places = new OutsidePlaces();

  /** @param sink default: the global `console`, looked up at every line */
  constructor(level: LogLevel, sink: LogSink | null = null) {
    this.level = level;
    this.#sink = sink;
  }

  warn(message: string): void {
    if (this.#writes('WARN')) this.#to().warn(`[WARN] bao: ${message}`);
  }

  warnOutside(model: object, name: string): void {
    const place = this.#writes('WARN') ? this.#places.newPlace(model) : null;
    if (place === null) return;
    this.warn(`${name}: an operation outside of runWithBatchContext() is neither batched nor cached ${place}`);
  }

  behind(store: ItemStore): ItemStore {
    if (!this.#writes('DEBUG')) return store;
    return { execute: (operation, input, context) => this.#execute(store, operation, input, context) };
  }

  /** Logs an operation with what came of it: `GetItem: ok, 1 call, 0.5 read units, 0 write units, 4 ms`. */
  async #execute<Op extends OperationName>(
    store: ItemStore,
    operation: Op,
    input: OperationInput<Op>,
    context?: OperationContext,
  ): Promise<OperationResult<Op>> {
    const startedAtMs = Date.now();
    const result = await store.execute(operation, input, context);
    const { calls, readUnits, writeUnits } = result.meta;
    const cost = `${calls} call${calls === 1 ? '' : 's'}, ${readUnits} read units, ${writeUnits} write units, ${Date.now() - startedAtMs} ms`;
    this.#to().debug(`[DEBUG] bao: ${operation}: ${result.ok ? 'ok' : result.error.code}, ${cost}`);
    return result;
  }

  #writes(level: LogLevel): boolean {
    return LEVELS.indexOf(level) <= LEVELS.indexOf(this.level);
  }

  #to(): LogSink {
    return this.#sink ?? console;
  }
}

/** The level of a name, in any case. @throws ConfigurationError for another name */
function logLevel(name: string): LogLevel {
  const level = LEVELS.find((known) => known === name.toUpperCase());
  if (level !== undefined) return level;
  throw new ConfigurationError(`logging.level (DYNAMO_BAO_LOG_LEVEL): expected ${LEVELS.join(', ')}, got ${name.slice(0, 40)}`);
}

addFeature('logging', (level, sink) => new Logger(logLevel(level), sink));
