/** What is known of each model class: its checked definition, and which manager its statics speak to. */
import { currentBatchContext } from './batch-context.ts';
import { ConfigurationError } from './errors.ts';
import { STATE } from './instance-state.ts';
import type { Stateful } from './instance-state.ts';
import type { Log } from './logging.ts';
import type { ModelManager } from './manager.ts';
import type { ModelClass } from './model-class.ts';
import { defineModel } from './model-definition.ts';
import type { ModelDefinition } from './model-definition.ts';
import { nameOfModel } from './naming.ts';

const definitions = new WeakMap<object, ModelDefinition>();
/** for a class that a manager made, the class it was made of */
const originals = new WeakMap<object, ModelClass>();
const managers = new WeakMap<object, ModelManager>();
const fieldSetters = new WeakSet<object>();

/**
 * The checked definition of a model, made when it is first used; the fields become accessors of its instances.
 *
 * @throws ConfigurationError when the class is not a sound model
 */
export function definitionOf(model: ModelClass): ModelDefinition {
  const original = originals.get(model) ?? model;
  return definitions.get(original) ?? define(original);
}

function define(original: ModelClass): ModelDefinition {
  const definition = defineModel(original, (name) => name in original.prototype && !isField(original.prototype, name));
  for (const name of definition.fields.keys()) defineAccessor(original.prototype, name);
  definitions.set(original, definition);
  return definition;
}

function defineAccessor(prototype: object, name: string): void {
  const set = function set(this: Stateful, value: unknown): void {
    this[STATE].assign(name, value);
  };
  fieldSetters.add(set);
  Object.defineProperty(prototype, name, {
    configurable: true,
    enumerable: false,
    get(this: Stateful) {
      return this[STATE].read(name);
    },
    set,
  });
}

/** Whether a member is the accessor of a field: of a model that this one extends. */
function isField(prototype: object, name: string): boolean {
  let owner: object | null = prototype;
  while (owner !== null && !Object.hasOwn(owner, name)) owner = Object.getPrototypeOf(owner) as object | null; // what a prototype is
  const setter = owner && Object.getOwnPropertyDescriptor(owner, name)?.set;
  return setter !== null && setter !== undefined && fieldSetters.has(setter);
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
  throw new ConfigurationError('is not initialised; call initModels with it', nameOfModel(model));
}

/** Where what concerns a model is logged: its manager's log; null before `initModels`. */
export function logOf(model: ModelClass): Log | null {
  return managers.get(model)?.logger ?? null;
}

function contextManager(model: ModelClass): ModelManager | null {
  const manager = currentBatchContext()?.options.manager;
  return manager?.knows(definitionOf(model).name) ? manager : null;
}

/** The class as its author wrote it. */
export function originalOf(model: ModelClass): ModelClass {
  return originals.get(model) ?? model;
}

/** The class of an instance: bound to a manager, or the one its author wrote. */
export function classOf(instance: object): ModelClass {
  return instance.constructor as ModelClass; // instances of models are made by their classes only
}

/**
 * The class `model` as it is bound to the manager of `instance`, for methods of one model that speak to another.
 *
 * @throws ConfigurationError when that manager does not know it
 */
export function relatedModel<Model extends { readonly name: string; readonly modelName: string | null }>(
  instance: object,
  model: Model,
): Model {
  // A bound class extends the class it is bound for.
  return managerOf(classOf(instance)).getModel(nameOfModel(model)) as unknown as Model;
}
