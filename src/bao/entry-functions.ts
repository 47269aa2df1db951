/** Functions of the layer that programs call, or that are called in their stead, besides the methods of models. */

type AnyFunction = (...parameters: never[]) => unknown;

const entries = new Set<AnyFunction>();

/** Says that a function is the layer's own: the place of an operation is below it. Said by the function itself, so that a bundle can leave it out. */
export function calledBy(entry: AnyFunction): void {
  entries.add(entry);
}

/** Those that were called so far. */
export function entryFunctions(): readonly AnyFunction[] {
  return [...entries];
}
