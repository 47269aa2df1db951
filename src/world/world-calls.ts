/** Calls of a World from elsewhere, as the routes take them: checked by schemas, made one by one, and answered as data. */
import * as z from 'zod/mini';
import { logError } from '../lib/log.ts';
import type { ChunkPart } from '../runs/chunk-store.ts';
import { invalid, refused, succeeded, type Outcome, type WorldErrorData } from '../runs/world-error.ts';
import { WORKFLOW_ID_MAX_CHARACTERS, WORKFLOW_NAME_MAX_CHARACTERS, WORLD_CALLS_MAX, type CallAccess } from '../wire/limits.ts';
import type { World } from './sdk-world.ts';
import { errorData } from './world-errors.ts';

/** A World whose streams can be read part by part, and that knows where its deployments are called back. */
export interface CalledWorld extends Omit<World, 'handle' | 'createQueueHandler' | 'getEncryptionKeyForRun' | 'readFromStream'> {
  /** chunks from a number on; waits for one where there is none yet */
  readChunks(name: string, from: number): Promise<ChunkPart>;
  /** notes where a deployment is called back, and answers the keys that calls to it are signed with, by their ids */
  registerDeployment(deploymentId: string, callbackUrl: string): Promise<{ keys: Record<string, Uint8Array> }>;
}

interface Method {
  access: CallAccess;
  /** @throws what the World throws */
  make(world: CalledWorld, args: unknown, callId: string): Promise<Outcome<unknown>>;
}

const id = z.string().check(z.maxLength(WORKFLOW_ID_MAX_CHARACTERS));
const name = z.string().check(z.maxLength(WORKFLOW_NAME_MAX_CHARACTERS));
const text = z.optional(name);
const position = z.number().check(z.int(), z.minimum(0));
const resolveData = z.optional(z.enum(['all', 'none']));
const pagination = z.optional(
  z.object({ limit: z.optional(z.number()), cursor: z.nullish(name), sortOrder: z.optional(z.enum(['asc', 'desc'])) }),
);
const status = z.optional(z.enum(['pending', 'running', 'completed', 'failed', 'cancelled']));
const read = z.optional(z.object({ resolveData }));
const bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array);

const METHODS: Readonly<Record<string, Method>> = {
  'runs.get': method('read', z.tuple([id, read]), (world, args) => world.runs.get(...args)),
  'runs.list': method('read', z.tuple([z.optional(z.object({ workflowName: text, status, pagination, resolveData }))]), (world, args) =>
    world.runs.list(...args),
  ),
  'steps.get': method('read', z.tuple([z.optional(id), id, read]), (world, args) => world.steps.get(...args)),
  'steps.list': method('read', z.tuple([z.object({ runId: id, pagination, resolveData })]), (world, args) => world.steps.list(...args)),
  'events.get': method('read', z.tuple([id, id, read]), (world, args) => world.events.get(...args)),
  'events.list': method('read', z.tuple([z.object({ runId: id, pagination, resolveData })]), (world, args) => world.events.list(...args)),
  'events.listByCorrelationId': method(
    'read',
    z.tuple([z.object({ correlationId: id, runId: z.optional(id), pagination, resolveData })]),
    (world, args) => world.events.listByCorrelationId(...args),
  ),
  'events.create': method(
    'write',
    z.tuple([
      z.nullable(id),
      z.unknown(),
      z.optional(
        z.object({
          resolveData,
          v1Compat: z.optional(z.boolean()),
          stateUpdatedAt: z.optional(z.number()),
          occurredAt: z.optional(z.date()),
        }),
      ),
    ]),
    (world, [runId, data, params], callId) => world.events.create(runId, data, { ...params, callId }),
  ),
  'hooks.get': method('read', z.tuple([id, read]), (world, args) => world.hooks.get(...args)),
  'hooks.getByToken': method('read', z.tuple([id, read]), (world, args) => world.hooks.getByToken(...args)),
  'hooks.list': method('read', z.tuple([z.object({ runId: z.optional(id), pagination, resolveData })]), (world, args) =>
    world.hooks.list(...args),
  ),
  queue: method(
    'write',
    z.tuple([name, z.unknown(), z.optional(z.object({ idempotencyKey: z.optional(id), delaySeconds: z.optional(z.number()) }))]),
    (world, args) => world.queue(...args),
  ),
  writeToStreamMulti: method(
    'write',
    z.tuple([name, id, z.array(z.union([bytes, z.string()])), z.optional(z.object({ id, seq: position }))]),
    (world, args) => world.writeToStreamMulti(...args),
  ),
  closeStream: method('write', z.tuple([name, id]), (world, args) => world.closeStream(...args)),
  readChunks: method('read', z.tuple([name, position]), (world, args) => world.readChunks(...args)),
  listStreamsByRunId: method('read', z.tuple([id]), (world, args) => world.listStreamsByRunId(...args)),
  getStreamChunks: method(
    'read',
    z.tuple([name, id, z.optional(z.object({ limit: z.optional(z.number()), cursor: z.optional(name) }))]),
    (world, args) => world.getStreamChunks(...args),
  ),
  getStreamInfo: method('read', z.tuple([name, id]), (world, args) => world.getStreamInfo(...args)),
  registerDeployment: method('write', z.tuple([id, name]), (world, args) => world.registerDeployment(...args)),
};

const CALLS = z.array(z.object({ id, method: z.string(), args: z.array(z.unknown()) })).check(z.minLength(1));

/** Calls of one request; `id` is the caller's own name of it, and the same when the call is made again. */
export type WorldCalls = z.infer<typeof CALLS>;

/** What a request asks for. @returns refused where it is no list of calls, or one is not of this access */
export function readWorldCalls(value: unknown, access: CallAccess): Outcome<WorldCalls> {
  const parsed = CALLS.safeParse(value);
  if (!parsed.success) return refused(invalid(`calls: expected some of {id, method, args}; ${issueOf(parsed.error)}`));
  const calls = parsed.data;
  const maxCalls = WORLD_CALLS_MAX[access];
  if (calls.length > maxCalls) return refused(invalid(`calls: expected at most ${maxCalls} that ${access}, got ${calls.length}`));
  const strange = calls.find((call) => !Object.hasOwn(METHODS, call.method) || METHODS[call.method]?.access !== access);
  if (strange === undefined) return succeeded(calls);
  return refused(invalid(`method: expected one that ${access}s, got ${JSON.stringify(strange.method.slice(0, 80))}`));
}

/** Makes the calls side by side, beginning in their order. None of them keeps another from its outcome. */
export function makeWorldCalls(world: CalledWorld, calls: WorldCalls): Promise<Outcome<unknown>[]> {
  return Promise.all(
    calls.map(async (call) => {
      try {
        return (await METHODS[call.method]?.make(world, call.args, call.id)) ?? refused(invalid('method'));
      } catch (error) {
        return refused(errorData(error) ?? unexpected(error, call.method));
      }
    }),
  );
}

function method<Args extends unknown[]>(
  access: CallAccess,
  args: z.ZodMiniType<Args>,
  call: (world: CalledWorld, args: Args, callId: string) => Promise<unknown>,
): Method {
  return {
    access,
    async make(world, values, callId) {
      const parsed = args.safeParse(values);
      return parsed.success ? succeeded(await call(world, parsed.data, callId)) : refused(invalid(`args: ${issueOf(parsed.error)}`));
    },
  };
}

function issueOf({ issues: [issue] }: z.core.$ZodError): string {
  return `${issue?.path.map(String).join('.') ?? ''}: ${issue?.message ?? ''}`;
}

/** What nobody expected is our fault: the log has it, and the caller is told to come again. */
function unexpected(error: unknown, calledMethod: string): WorldErrorData {
  logError('a call of the World has failed', error, { method: calledMethod });
  return { name: 'WorkflowWorldError', message: 'An unexpected error; the log of the service has it', status: 500 };
}
