/** Operations outside of a batch context: refused where one is required, else counted, and warned of once for each place in the program. */
import { hasBatchContexts } from './batch-context.ts';
import { ENABLE_ASYNC_STORAGE } from './async-scope.ts';
import { BaoError } from './errors.ts';
import type { ModelManager } from './manager.ts';

const BATCH_CONTEXT_REQUIRED =
  'Batch operations must be executed within runWithBatchContext(). Wrap your database operations in runWithBatchContext() to enable batching and caching.';

/** A stack costs about as much as a request's signature: a program that has not heeded so many warnings gets no further ones. */
const MAX_STACKS = 1_000;
const MAX_PLACES = 100;

/** What one manager knows of operations outside of batch contexts. */
export class OutsideCalls {
  #count = 0;
  #stacksLeft = MAX_STACKS;
  readonly #stacks = new Set<string>();
  readonly #places = new Set<string>();

  /** How many there were so far. */
  get count(): number {
    return this.#count;
  }

  /**
   * Counts an operation of `model`, and warns when it comes from a new place.
   *
   * @throws BaoError where the configuration requires a batch context
   */
  admit(model: object, name: string, { logger, requiresBatchContext }: ModelManager): void {
    if (requiresBatchContext) throw refusal();
    this.#count += 1;
    // Where there can be none, `runWithBatchContext` says so once.
    if (!hasBatchContexts() || !logger.writes('WARN')) return;
    const place = this.#newPlace(model);
    if (place === null) return;
    logger.warn(`${name}: an operation outside of runWithBatchContext() is neither batched nor cached ${place}`);
  }

  #newPlace(model: object): string | null {
    if (this.#stacksLeft === 0 || this.#places.size >= MAX_PLACES) return null;
    this.#stacksLeft -= 1;
    const stack = stackBelow(this.admit);
    if (stack === null || this.#stacks.has(stack)) return null;
    this.#stacks.add(stack);
    const place = placeOfCall(model, stack) ?? placeOfWalk(stack);
    if (place === null || this.#places.has(place)) return null;
    this.#places.add(place);
    return place;
  }
}

function refusal(): BaoError {
  const remedy = hasBatchContexts() ? '' : ` This Worker has no AsyncLocalStorage, which it needs: ${ENABLE_ASYNC_STORAGE}.`;
  return new BaoError(`${BATCH_CONTEXT_REQUIRED}${remedy}`, 'misconfigured');
}

type AnyFunction = (...parameters: never[]) => unknown;

const publicMethods = new WeakMap<object, AnyFunction[]>();
/** functions of the layer that programs call, or that are called in their stead, besides the methods of models */
const entries: AnyFunction[] = [];

/** Says of functions that they are the layer's own: an operation's place is below them. */
export function markAsEntries(...functions: readonly AnyFunction[]): void {
  entries.push(...functions);
}

/** Where the program called the layer, as a line of a stack ("at handler (file.js:3:5)"); null when no function of the layer is being called. */
function placeOfCall(model: object, stack: string): string | null {
  const lines = stack.split('\n');
  // Of functions that call each other the one that was called first; a stack has the names of all its functions.
  const called = [...methodsOf(baseOf(model)), ...entries].filter(({ name }) => stack.includes(name));
  const below = called.map((method) => lines.indexOf(stackBelow(method)?.split('\n')[1] ?? ''));
  const first = Math.max(...below);
  return first > 0 ? (lines[first]?.trim() ?? null) : null;
}

/** Where a generator was asked to go on: an iteration begins when its first batch is asked for. */
function placeOfWalk(stack: string): string | null {
  const lines = stack.split('\n');
  const resumed = lines.findLastIndex((line) => line.endsWith('.next (<anonymous>)'));
  return (resumed < 0 ? undefined : lines[resumed + 1]?.trim()) ?? null;
}

/** The class that all models extend: names say nothing in minified code. */
function baseOf(model: object): object {
  const parent: unknown = Object.getPrototypeOf(model);
  return typeof parent === 'function' && parent !== Function.prototype ? baseOf(parent) : model;
}

function methodsOf(base: object): AnyFunction[] {
  const known = publicMethods.get(base);
  if (known) return known;
  const { prototype } = base as { prototype: object }; // it is a class
  const members = [base, prototype].flatMap((owner) => Object.values(Object.getOwnPropertyDescriptors(owner)));
  const methods = members.map(({ value }) => value as unknown).filter((value): value is AnyFunction => typeof value === 'function');
  publicMethods.set(base, methods);
  return methods;
}

/** The stack of callers, without those above and with `method`; null where the engine has none. */
function stackBelow(method: AnyFunction): string | null {
  const { captureStackTrace } = Error as { captureStackTrace?: (holder: object, method?: AnyFunction) => void }; // V8's own
  if (captureStackTrace === undefined) return null;
  const holder: { stack?: unknown } = {};
  captureStackTrace(holder, method);
  return typeof holder.stack === 'string' ? holder.stack : null;
}
