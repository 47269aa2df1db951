/** dynamo-bao's `models`: those of the folder MODELS_DIR. A Worker has no folders, so here there are none. */
import type { ModelClass } from './model-class.ts';

/** Stands for the generated models where there are none: dynamo-bao exports them under this name. */
export const models: Readonly<Record<string, ModelClass>> = {};
