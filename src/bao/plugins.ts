/** Hooks around the writes of a model, and methods added to its objects. */
import { ConfigurationError } from './errors.ts';
import type { Logger } from './logger.ts';
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
 * Adds a plugin to a model. A method of a name that its objects have already takes the older one's place, which is warned of.
 *
 * @throws ConfigurationError when one of its methods has the name of a field
 */
export function addPlugin(definition: ModelDefinition, prototype: object, plugin: Plugin, logger: Logger): void {
  for (const [name, method] of Object.entries(plugin.methods ?? {})) {
    if (definition.fields.has(name))
      throw new ConfigurationError(`the method ${name} of a plugin has the name of a field`, definition.name);
    if (name in prototype) logger.warn(`Method ${name} already exists for model ${definition.name}`);
    Object.defineProperty(prototype, name, { configurable: true, writable: true, value: method });
  }
  plugins.set(definition, [...(plugins.get(definition) ?? []), plugin]);
}

/** The plugins of a model, in the order of registration. */
function pluginsOf(definition: ModelDefinition): readonly Plugin[] {
  return plugins.get(definition) ?? [];
}

/** Whether a plugin of the model wants to see written objects. */
export function hasAfterSave(definition: ModelDefinition): boolean {
  return pluginsOf(definition).some(({ afterSave }) => afterSave !== undefined);
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
