/** What a configuration writes to the log. dynamo-bao's levels; values of objects are never logged. */
import type { ItemStore, OperationContext, OperationResult } from '../dynamo/item-store.ts';
import type { OperationInput, OperationName } from '../dynamo/types.ts';
import { ConfigurationError } from './errors.ts';

/** dynamo-bao's levels. WARN, the default, tells what a program had better change; DEBUG adds every operation; the others write nothing. */
export type LogLevel = 'OFF' | 'ERROR' | 'WARN' | 'INFO' | 'DEBUG';

/** Where lines go; `console` is one. */
export interface LogSink {
  warn(line: string): void;
  debug(line: string): void;
}

const LEVELS: readonly LogLevel[] = ['OFF', 'ERROR', 'WARN', 'INFO', 'DEBUG'];

export class Logger {
  readonly level: LogLevel;
  readonly #sink: LogSink | null;

  /** @param sink default: the global `console`, looked up at every line */
  constructor(level: LogLevel, sink: LogSink | null = null) {
    this.level = level;
    this.#sink = sink;
  }

  writes(level: LogLevel): boolean {
    return LEVELS.indexOf(level) <= LEVELS.indexOf(this.level);
  }

  warn(message: string): void {
    if (this.writes('WARN')) this.#to().warn(`[WARN] bao: ${message}`);
  }

  debug(message: string): void {
    if (this.writes('DEBUG')) this.#to().debug(`[DEBUG] bao: ${message}`);
  }

  #to(): LogSink {
    return this.#sink ?? console;
  }
}

/** The level of a name, in any case. @throws ConfigurationError for another name */
export function logLevel(name: string): LogLevel {
  const level = LEVELS.find((known) => known === name.toUpperCase());
  if (level !== undefined) return level;
  throw new ConfigurationError(`logging.level (DYNAMO_BAO_LOG_LEVEL): expected ${LEVELS.join(', ')}, got ${name.slice(0, 40)}`);
}

/** A store that logs each operation with what came of it: `GetItem: ok, 1 call, 0.5 read units, 0 write units, 4 ms`. */
export function loggedStore(store: ItemStore, logger: Logger): ItemStore {
  return {
    async execute<Op extends OperationName>(
      operation: Op,
      input: OperationInput<Op>,
      context?: OperationContext,
    ): Promise<OperationResult<Op>> {
      const startedAtMs = Date.now();
      const result = await store.execute(operation, input, context);
      const { calls, readUnits, writeUnits } = result.meta;
      const cost = `${calls} call${calls === 1 ? '' : 's'}, ${readUnits} read units, ${writeUnits} write units, ${Date.now() - startedAtMs} ms`;
      logger.debug(`${operation}: ${result.ok ? 'ok' : result.error.code}, ${cost}`);
      return result;
    },
  };
}
