/** dynamo-bao's `models`: those of the folder MODELS_DIR. A Worker has no folders, so here there are none. */
import type { ModelClass } from './model-class.ts';

export const models: Readonly<Record<string, ModelClass>> = {};
