/** Objects as JSON: their fields and nothing else. */
import type { JsonValue } from '../wire/native-json.ts';
import type { InstanceState } from './instance-state.ts';

export type JsonObject = Record<string, JsonValue>;

/** The fields in the order of declaration, each in its kind's form; unset ones are absent. */
export function instanceToJson(state: InstanceState): JsonObject {
  const json: JsonObject = {};
  for (const [name, field] of state.definition.fields) {
    if (!state.isSet(name)) continue;
    const value = state.read(name);
    const isEmpty = value === null || value === undefined || (value instanceof Set && value.size === 0);
    if (!isEmpty) json[name] = field.toJson(value);
  }
  return json;
}
