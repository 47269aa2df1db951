/**
 * Parts of the layer that a program has only where it imports them, so that bundles can be small. `steamer/bao` imports all of them; a
 * program of `steamer/bao/core` imports the ones its models ask for, each from the path of its name: `import 'steamer/bao/soft-delete'`.
 */
import type { IndexProjection } from '../dynamo/table-profile.ts';
import type { ItemStore } from '../dynamo/item-store.ts';
import type { AttributeMap, AttributeValue } from '../dynamo/types.ts';
import { ConfigurationError } from './errors.ts';
import type { IndexPart } from './index-projections.ts';
import type { InstanceState } from './instance-state.ts';
import type { LogFactory } from './logging.ts';
import type { Middleware } from './middleware.ts';
import type { DefinitionDraft, Fail, IndexDefinition, ModelStatics } from './model-definition.ts';
import type { CursorKey } from './cursor.ts';
import type { PageCursors } from './cursors.ts';
import type { ConstrainedSave, SaveOptions } from './save-constraints.ts';
import type { StandardSchema } from './standard-schemas.ts';

/** Adds what a static of a model asks for to the model's definition. */
export type ModelFeature = (draft: DefinitionDraft, model: ModelStatics, fail: Fail) => void;

/** Each part by its name, and what the rest of the layer calls of it. */
export interface Features {
  'iteration-keys': ModelFeature;
  'search-text': ModelFeature;
  'soft-delete': ModelFeature;
  'schema-versions': ModelFeature;
  'index-projections': (index: IndexDefinition, projection: IndexProjection) => IndexPart;
  'standard-schemas': {
    checkSchema(given: unknown): StandardSchema;
    validate(schema: StandardSchema, value: unknown, given: unknown): void;
  };
  'attribute-types': {
    marshall(value: unknown): AttributeValue;
    unmarshall(value: AttributeValue): unknown;
    unmarshallItem(item: AttributeMap): Record<string, unknown>;
  };
  'model-checks': (model: ModelStatics, isReserved: (name: string) => boolean, fail: Fail) => void;
  /** @throws ServiceError `item_too_large` */
  'item-limits': (row: AttributeMap) => void;
  'save-constraints': (state: InstanceState, options: SaveOptions) => ConstrainedSave;
  cursors: (keys: readonly CursorKey[]) => PageCursors;
  middleware: (store: ItemStore, tenant: string | null, middleware: readonly Middleware[]) => ItemStore;
  logging: LogFactory;
}

const present: Partial<Features> = {};

/** Adds a part to the program. */
export function addFeature<Name extends keyof Features>(name: Name, feature: Features[Name]): void {
  present[name] = feature;
}

/** A part, if the program has it. */
export function findFeature<Name extends keyof Features>(name: Name): Features[Name] | undefined {
  return present[name];
}

/** A part that is asked for. @throws ConfigurationError naming the import that adds it, where the program does not have it */
export function demandFeature<Name extends keyof Features>(name: Name, asked: string): Features[Name] {
  const found: Features[Name] | undefined = present[name];
  if (found !== undefined) return found;
  throw new ConfigurationError(`${asked} asks for what this program leaves out; add it by import 'steamer/bao/${name}'`);
}
