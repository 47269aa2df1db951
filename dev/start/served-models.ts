/** What the running service says of its models: they are the default ones until the user writes others. */
import type { FieldKind } from '../../src/wire/field-kinds.ts';
import { DEMO_TENANT, demoKeyFiles } from './demo-keys.ts';
import { StartError } from './start-error.ts';

/** A model as `GET /v1/{tenant}/models` describes it, as far as a start reads it. */
export interface ServedModel {
  name: string;
  path: string;
  fields: Record<string, ServedField>;
  primaryKey: ServedKey;
  indexes: Record<string, ServedKey>;
}

export interface ServedField {
  kind: FieldKind;
  required: boolean;
  schema: { maxLength?: number };
}

/** The fields of a key; null for one that has no field there. */
export interface ServedKey {
  partitionKey: string | null;
  sortKey: string | null;
}

/** The models that the leaderboard's data are of, by the paths it is loaded into. */
export const LEADERBOARD_MODELS = { systems: 'System', benchmarks: 'Benchmark', results: 'Result', submissions: 'Submission' };

/**
 * Asks the service for its models with the demo key.
 *
 * @throws StartError when the key is no longer accepted, or the service answers anything else than its models
 */
export async function servedModels(url: string, key: string, dataDir: string): Promise<ServedModel[]> {
  const response = await fetch(`${url}/v1/${DEMO_TENANT}/models`, { headers: { authorization: `Bearer ${key}` } });
  if (response.ok) return ((await response.json()) as { models: ServedModel[] }).models; // as PROTOCOL.md says
  await response.arrayBuffer();
  const file = demoKeyFiles(dataDir).demo;
  throw new StartError(
    response.status === 401 || response.status === 404
      ? `the key in ${file} is no longer accepted; delete that file, and the next npm start makes a new key`
      : `the Worker answers ${response.status} to a first request with the demo key`,
  );
}

/** Whether the leaderboard's models are among them, at their paths. */
export function hasLeaderboard(models: readonly ServedModel[]): boolean {
  return Object.entries(LEADERBOARD_MODELS).every(([path, name]) => models.some((model) => model.path === path && model.name === name));
}
