/** The manager that was configured last, for what is not said of any one: dynamo-bao's `getInstance`. */
import type { ModelManager } from './manager.ts';

let manager: ModelManager | null = null;

/** The manager that was configured last; null before `initModels`. */
export function lastManager(): ModelManager | null {
  return manager;
}

/** Remembers a manager as the last one. */
export function rememberManager(configured: ModelManager): void {
  manager = configured;
}
