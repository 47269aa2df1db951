/** Payloads of workflows as JSON: inputs, outputs and what hooks receive, as their runs were given them. */
import { PAYLOAD_MEMBERS, type Run, type Step, type WorkflowEvent } from '../runs/entities.ts';

/** The SDK's: the value of a payload, of which everything that JSON has not is what `revivers` make of it, by the names of types. */
export type ReadPayload = (payload: unknown, revivers: Record<string, (value: unknown) => unknown>, runId: string) => Promise<unknown>;

/** What the SDK writes of values that JSON does not have: text, lists or objects, which are shown as they are. Bytes are base64. */
const SHOWN_AS_WRITTEN = `ArrayBuffer BigInt BigInt64Array BigUint64Array Class Instance Date DOMException Error EvalError RangeError ReferenceError
  SyntaxError TypeError URIError AggregateError Float32Array Float64Array Headers Int8Array Int16Array Int32Array Map ReadableStream RegExp Request
  Response Set StepFunction TransformStream URL URLSearchParams Uint8Array Uint8ClampedArray Uint16Array Uint32Array WritableStream WorkflowFunction
  FatalError RetryableError AbortController AbortSignal`;
const REVIVERS = Object.fromEntries(SHOWN_AS_WRITTEN.split(/\s+/).map((type) => [type, (value: unknown) => value]));
/** Longer ones are for programs, not for looking at. */
const SHOWN_MAX_CHARACTERS = 256 * 1024;

/** A run, a step or an event with its payloads as JSON. */
export async function withPayloads<Entity extends Run | Step | WorkflowEvent>(entity: Entity, read: ReadPayload): Promise<Entity> {
  const show = async (payload: unknown): Promise<unknown> => shown(payload, read, entity.runId);
  if ('eventType' in entity) {
    const member = PAYLOAD_MEMBERS[entity.eventType];
    const { eventData = {} } = entity;
    return member !== null && member in eventData
      ? { ...entity, eventData: { ...eventData, [member]: await show(eventData[member]) } }
      : entity;
  }
  const { input, output } = entity;
  return {
    ...entity,
    ...(input === undefined ? {} : { input: await show(input) }),
    ...(output === undefined ? {} : { output: await show(output) }),
  };
}

async function shown(payload: unknown, read: ReadPayload, runId: string): Promise<unknown> {
  try {
    const value = await read(payload, REVIVERS, runId);
    const characters = JSON.stringify(value)?.length ?? 0;
    return characters > SHOWN_MAX_CHARACTERS ? { tooLong: characters } : value;
  } catch (error) {
    return { unreadable: error instanceof Error ? error.message : String(error) };
  }
}
