/** Hooks around the writes of a model. */
import type { ModelDefinition } from './model-definition.ts';

/** What a hook is told besides the data: what the caller passed to the write, and how it is made. */
export interface HookOptions {
  isNew?: boolean;
  /** the object that is saved, where a program saves one */
  instanceObj?: object;
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

/** What each hook is about. */
interface HookSubjects {
  beforeSave: Record<string, unknown>;
  afterSave: object;
  beforeDelete: unknown;
  afterDelete: unknown;
}

/** Runs one hook of all plugins of a model, one after the other. */
export async function runHook<Hook extends keyof HookSubjects>(
  { plugins }: ModelDefinition,
  hook: Hook,
  subject: HookSubjects[Hook],
  options: HookOptions,
): Promise<void> {
  type Run = (subject: HookSubjects[Hook], options: HookOptions) => void | Promise<void>;
  for (const plugin of plugins) await (plugin[hook] as Run | undefined)?.call(plugin, subject, options); // each hook takes its own subject
}
