/** Hooks around the writes of a model, and methods added to its objects. */
import { ConfigurationError } from './errors.ts';
import type { ModelDefinition } from './model-definition.ts';

/** What a hook is told besides the data: what the caller passed to the write, and how it is made. */
export interface HookOptions {
  isNew?: boolean;
  [option: string]: unknown;
}

/** Hooks run in the order in which plugins are registered; each is awaited. One that throws ends the write. */
export interface Plugin {
  /** may change `changes`, the native values that are about to be written */
  beforeSave?(changes: Record<string, unknown>, options: HookOptions): void | Promise<void>;
  /** the row is stored when this runs */
  afterSave?(instance: object, options: HookOptions): void | Promise<void>;
  beforeDelete?(primaryId: unknown, options: HookOptions): void | Promise<void>;
  afterDelete?(primaryId: unknown, options: HookOptions): void | Promise<void>;
  methods?: Record<string, (this: object, ...parameters: never[]) => unknown>;
}

const plugins = new WeakMap<ModelDefinition, Plugin[]>();

/**
 * Adds a plugin to a model.
 *
 * @throws ConfigurationError when one of its methods has a name that objects of the model have already
 */
export function addPlugin(definition: ModelDefinition, prototype: object, plugin: Plugin): void {
  for (const [name, method] of Object.entries(plugin.methods ?? {})) {
    if (name in prototype) throw new ConfigurationError(`Method ${name} already exists for model ${definition.name}`, definition.name);
    Object.defineProperty(prototype, name, { configurable: true, writable: true, value: method });
  }
  plugins.set(definition, [...(plugins.get(definition) ?? []), plugin]);
}

/** The plugins of a model, in the order of registration. */
function pluginsOf(definition: ModelDefinition): readonly Plugin[] {
  return plugins.get(definition) ?? [];
}

/** Runs the hooks before a write, which may change `changes`. */
export async function runBeforeSave(definition: ModelDefinition, changes: Record<string, unknown>, options: HookOptions): Promise<void> {
  for (const plugin of pluginsOf(definition)) await plugin.beforeSave?.(changes, options);
}

/** Runs the hooks after a write. */
export async function runAfterSave(definition: ModelDefinition, instance: object, options: HookOptions): Promise<void> {
  for (const plugin of pluginsOf(definition)) await plugin.afterSave?.(instance, options);
}

/** Runs the hooks around a delete. */
export async function runDeleteHook(
  definition: ModelDefinition,
  hook: 'beforeDelete' | 'afterDelete',
  primaryId: unknown,
  options: HookOptions,
): Promise<void> {
  for (const plugin of pluginsOf(definition)) await plugin[hook]?.(primaryId, options);
}
