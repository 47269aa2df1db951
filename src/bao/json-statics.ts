/** What the REST API asks of models, as members of `BaoModel`, for the entry that has everything. */
import { addMembers } from './add-members.ts';
import { STATE } from './instance-state.ts';
import { parseJsonInput } from './json-input.ts';
import type { JsonInput, JsonInputMode } from './json-input.ts';
import type { JsonObject } from './json-output.ts';
import { keyFromSegments, keySegments, keyToJson } from './key-segments.ts';
import type { ModelClass } from './model-class.ts';
import { BaoModel } from './model.ts';
import { definitionOf } from './model-registry.ts';

/** The statics that this file gives to `BaoModel`. */
export interface JsonStatics {
  parseJson(this: ModelClass, body: unknown, mode: JsonInputMode, optional?: ReadonlySet<string>): JsonInput;
  keyFromSegments(this: ModelClass, segments: readonly string[]): { key: Record<string, unknown> } | { reason: string };
  keyToJson(this: ModelClass, key: Readonly<Record<string, unknown>>): JsonObject;
}

const STATICS: JsonStatics = {
  parseJson(body, mode, optional) {
    return parseJsonInput(definitionOf(this), body, mode, optional);
  },
  keyFromSegments(segments) {
    return keyFromSegments(definitionOf(this), segments);
  },
  keyToJson(key) {
    return keyToJson(definitionOf(this), key);
  },
};

const MEMBERS: Pick<BaoModel, 'keySegments'> & ThisType<BaoModel> = {
  keySegments() {
    return keySegments(this[STATE]);
  },
};

addMembers(BaoModel, STATICS);
addMembers(BaoModel.prototype, MEMBERS);
