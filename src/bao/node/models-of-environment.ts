/** dynamo-bao's `models`: those of the folder that MODELS_DIR names. */
import { initModels } from '../manager.ts';
import type { ModelClass } from '../model-class.ts';
import { processVariables } from '../platform.ts';

let loaded: Record<string, ModelClass> | null = null;

/**
 * The models of the folder MODELS_DIR, none without it. They are loaded and configured when the first one is asked for:
 * their modules import this one, which therefore has to be there already.
 */
export const models: Readonly<Record<string, ModelClass>> = new Proxy<Record<string, ModelClass>>(
  {},
  {
    get: (_target, name) => Reflect.get(modelsOfFolder(), name) as unknown,
    has: (_target, name) => Reflect.has(modelsOfFolder(), name),
    ownKeys: () => Reflect.ownKeys(modelsOfFolder()),
    getOwnPropertyDescriptor: (_target, name) => Reflect.getOwnPropertyDescriptor(modelsOfFolder(), name),
  },
);

function modelsOfFolder(): Record<string, ModelClass> {
  if (loaded === null && processVariables()['MODELS_DIR']) loaded = { ...initModels().models };
  return loaded ?? {};
}
