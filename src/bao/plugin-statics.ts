/** Registering plugins, as a static of `BaoModel`; `steamer/bao` has it. */
import { addMembers } from './add-members.ts';
import { ConfigurationError } from './errors.ts';
import type { DefinitionDraft } from './model-definition.ts';
import type { ModelClass } from './model-class.ts';
import { BaoModel } from './model.ts';
import { definitionOf, logOf, originalOf } from './model-registry.ts';
import type { Plugin } from './plugins.ts';

/** The static that this file gives to `BaoModel`. */
export interface PluginStatics {
  registerPlugin(this: ModelClass, plugin: Plugin): void;
}

const STATICS: PluginStatics = {
  registerPlugin(plugin) {
    registerPlugin(this, plugin);
  },
};

/**
 * Adds a plugin to a model. A method of a name that its objects have already takes the older one's place, which is warned of.
 *
 * @throws ConfigurationError when one of its methods has the name of a field
 */
function registerPlugin(model: ModelClass, plugin: Plugin): void {
  const definition: DefinitionDraft = definitionOf(model);
  const { prototype } = originalOf(model);
  for (const [name, method] of Object.entries(plugin.methods ?? {})) {
    if (definition.fields.has(name))
      throw new ConfigurationError(`the method ${name} of a plugin has the name of a field`, definition.name);
    if (name in prototype) logOf(model)?.warn(`Method ${name} already exists for model ${definition.name}`);
    Object.defineProperty(prototype, name, { configurable: true, writable: true, value: method });
  }
  definition.plugins = [...definition.plugins, plugin];
}

addMembers(BaoModel, STATICS);
