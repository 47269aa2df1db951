/** Where in a program operations are outside of a batch context. */
import { entryFunctions } from './entry-functions.ts';

/** A stack costs about as much as a request's signature: a program that has not heeded so many warnings gets no further ones. */
const MAX_STACKS = 1_000;
const MAX_PLACES = 100;

/** The places that were seen so far. */
export class OutsidePlaces {
  #stacksLeft = MAX_STACKS;
  readonly #stacks = new Set<string>();
  readonly #places = new Set<string>();

  /** The line of the program that an operation of the model comes from; null when it is known already, or cannot be told. */
  newPlace(model: object): string | null {
    if (this.#stacksLeft === 0 || this.#places.size >= MAX_PLACES) return null;
    this.#stacksLeft -= 1;
    const stack = stackBelow(this.newPlace);
    if (stack === null || this.#stacks.has(stack)) return null;
    this.#stacks.add(stack);
    const place = placeOfCall(model, stack) ?? placeOfWalk(stack);
    if (place === null || this.#places.has(place)) return null;
    this.#places.add(place);
    return place;
  }
}

type AnyFunction = (...parameters: never[]) => unknown;

const publicMethods = new WeakMap<object, AnyFunction[]>();
/** Where the program called the layer, as a line of a stack ("at handler (file.js:3:5)"); null when no function of the layer is being called. */
function placeOfCall(model: object, stack: string): string | null {
  const lines = stack.split('\n');
  // Of functions that call each other the one that was called first; a stack has the names of all its functions.
  const called = [...methodsOf(baseOf(model)), ...entryFunctions()].filter(({ name }) => stack.includes(name));
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
