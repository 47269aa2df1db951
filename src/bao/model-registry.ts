/** What is known of each model class: its checked definition, and which manager its statics speak to. */
import { currentBatchContext } from './batch-context.ts';
import { ConfigurationError } from './errors.ts';
import { STATE } from './instance-state.ts';
import type { Stateful } from './instance-state.ts';
import type { ModelManager } from './manager.ts';
import type { ModelClass } from './model-class.ts';
import { defineModel } from './model-definition.ts';
import type { ModelDefinition } from './model-definition.ts';

const definitions = new WeakMap<object, ModelDefinition>();
/** for a class that a manager made, the class it was made of */
const originals = new WeakMap<object, ModelClass>();
const managers = new WeakMap<object, ModelManager>();

/**
 * The checked definition of a model, made when it is first used; the fields become accessors of its instances.
 *
 * @throws ConfigurationError when the class is not a sound model
 */
export function definitionOf(model: ModelClass): ModelDefinition {
  const original = originals.get(model) ?? model;
  const known = definitions.get(original);
  if (known) return known;
  const definition = defineModel(original, (name) => name in original.prototype);
  for (const name of definition.fields.keys()) defineAccessor(original.prototype, name);
  definitions.set(original, definition);
  return definition;
}

function defineAccessor(prototype: object, name: string): void {
  Object.defineProperty(prototype, name, {
    configurable: true,
    enumerable: false,
    get(this: Stateful) {
      return this[STATE].read(name);
    },
    set(this: Stateful, value: unknown) {
      this[STATE].assign(name, value);
    },
  });
}

/**
 * A subclass of `model` whose statics speak to `manager`, and which the class itself speaks to until another manager takes it.
 * Instances are instances of the original too.
 */
export function bindModel(model: ModelClass, manager: ModelManager): ModelClass {
  const original = originals.get(model) ?? model;
  const bound = class extends original {};
  Object.defineProperty(bound, 'name', { value: original.name });
  originals.set(bound, original);
  managers.set(bound, manager);
  managers.set(original, manager);
  return bound;
}

/**
 * The manager of a model class: of a bound class its own, else the one of the batch context, else the last that was configured with it.
 *
 * @throws ConfigurationError before `initModels`
 */
export function managerOf(model: ModelClass): ModelManager {
  const manager = originals.has(model) ? managers.get(model) : (contextManager(model) ?? managers.get(model));
  if (manager) return manager;
  throw new ConfigurationError('is not initialised; call initModels with it', model.name);
}

function contextManager(model: ModelClass): ModelManager | null {
  const manager = currentBatchContext()?.options.manager;
  return manager?.knows(definitionOf(model).name) ? manager : null;
}

/** The class as its author wrote it. */
export function originalOf(model: ModelClass): ModelClass {
  return originals.get(model) ?? model;
}
