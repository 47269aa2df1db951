import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';
import { ChunkStream } from '../../src/objects/stream-hub/chunk-stream.ts';
import { streamHubStub, workflowRunStub } from '../../src/objects/stubs.ts';
import { STREAM_MESSAGE_MAX_BYTES } from '../../src/wire/limits.ts';
import type { ChunkStore } from '../../src/runs/chunk-store.ts';
import { R2ChunkStore } from '../../src/world/r2-chunk-store.ts';
import { withGatheredWrites } from '../../src/world/gathered-writes.ts';
import { r2Stream } from '../../src/world/r2-streams.ts';
import { createStreamer, type WorldStreamer } from '../../src/world/streamer.ts';
import { bytes, StorageFixture } from '../contract/workflow-storage/fixture.ts';
import { newScope, openStorage } from '../objects/workflow-run/run-fixture.ts';

const scope = newScope();
const runOf = (runId: string) => workflowRunStub(env.WORKFLOW_RUN, { ...scope, runId });
interface Store {
  place: string;
  stream: (name: string) => ChunkStore;
}
const HUB: Store = {
  place: 'a hub',
  stream: (name) => new ChunkStream(() => streamHubStub(env.STREAM_HUB, { tenant: scope.tenant, name: `runs/shop/${name}` }), 3_600),
};
const STORES: Store[] = [HUB, { place: 'R2', stream: (name) => r2Stream(env.WORKFLOW_PAYLOADS, scope, name) }];
let stream: Store['stream'];
const streamer: WorldStreamer = createStreamer({
  stream: (name) => stream(name),
  noteStream: (runId, name) => runOf(runId).noteStream(name),
  streamsOf: (runId) => runOf(runId).listStreams(),
});
let runId: string;
let name: string;
beforeEach(async () => {
  const fixture = new StorageFixture();
  fixture.open(await openStorage(scope));
  runId = await fixture.newRun();
  name = `strm_${crypto.randomUUID()}`;
});

const write = (...chunks: (string | Uint8Array)[]) => streamer.writeToStreamMulti(name, runId, chunks);
const close = () => streamer.closeStream(name, runId);
/** So many chunks from a place on, or all until the stream ends. */
async function read(start?: number, count = Infinity): Promise<number[][]> {
  const reader = (await streamer.readFromStream(name, start)).getReader();
  const chunks: number[][] = [];
  while (chunks.length < count) {
    const { value, done } = await reader.read();
    if (done) return chunks;
    chunks.push([...value]);
  }
  await reader.cancel();
  return chunks;
}

describe.each(STORES)('a stream of a run in $place', (store) => {
  beforeEach(() => void ({ stream } = store));

  it('has the chunks as they were written, also those of no bytes', async () => {
    await write(bytes(1, 0), bytes(), 'é');
    await streamer.writeToStream(name, Promise.resolve(runId), bytes(9));
    await close();
    expect(await read()).toEqual([[1, 0], [], [195, 169], [9]]);
    expect(await streamer.getStreamInfo(name, runId)).toEqual({ tailIndex: 3, done: true });
  });

  it('begins where a reader says, from the end too, and not before its beginning', async () => {
    await write(bytes(0), bytes(1), bytes(2));
    await close();
    const parts = await Promise.all([0, 2, 3, 9, -1, -2, -9].map((start) => read(start)));
    expect(parts).toEqual([[[0], [1], [2]], [[2]], [], [], [[2]], [[1], [2]], [[0], [1], [2]]]);
  });

  it('is read by who came before it was written, as it is written', async () => {
    const early = read(0, 2);
    const ahead = read(3);
    await write(bytes(0), bytes(1));
    expect(await early).toEqual([[0], [1]]);
    await write(bytes(2), bytes(3));
    await close();
    expect(await ahead).toEqual([[3]]);
  });

  it('takes nothing more once it is closed, which it may be twice', async () => {
    await write(bytes(0));
    await close();
    await close();
    await write(bytes(1));
    expect(await read()).toEqual([[0]]);
  });

  it('may be closed without a chunk', async () => {
    await close();
    expect(await read()).toEqual([]);
    expect(await streamer.getStreamInfo(name, runId)).toEqual({ tailIndex: -1, done: true });
  });

  it('is shown in pages, with what is there', async () => {
    expect(await streamer.getStreamInfo(name, runId)).toEqual({ tailIndex: -1, done: false });
    await write(...Array.from({ length: 5 }, (_, index) => bytes(index)));
    const first = await streamer.getStreamChunks(name, runId, { limit: 3 });
    expect(first).toMatchObject({ data: [{ index: 0 }, { index: 1 }, { index: 2, data: bytes(2) }], hasMore: true, done: false });
    const second = await streamer.getStreamChunks(name, runId, { limit: 3, cursor: first.cursor ?? '' });
    expect(second).toMatchObject({ data: [{ index: 3 }, { index: 4 }], cursor: null, hasMore: false, done: false });
    await close();
    expect(await streamer.getStreamChunks(name, runId)).toMatchObject({ hasMore: false, done: true });
  });

  it('is listed with its run', async () => {
    await write(bytes(0));
    await streamer.closeStream(`${name}-2`, runId);
    await write(bytes(1));
    expect(await streamer.listStreamsByRunId(runId)).toEqual([name, `${name}-2`]);
  });

  it('takes chunks of the largest size, and none that is larger', async () => {
    await write(new Uint8Array(STREAM_MESSAGE_MAX_BYTES));
    await expect(write(new Uint8Array(STREAM_MESSAGE_MAX_BYTES + 1))).rejects.toMatchObject({ name: 'WorkflowWorldError', status: 413 });
    expect(await streamer.getStreamInfo(name, runId)).toMatchObject({ tailIndex: 0 });
  });
});

describe('a stream in a hub', () => {
  beforeEach(() => void ({ stream } = HUB));

  it('has all that a step has written when the step is completed, and when the stream ends', async () => {
    const storage = await openStorage(scope);
    const step = async (eventType: string, eventData?: object) =>
      storage.events.create(runId, { eventType, correlationId: 'step_1', specVersion: 3, ...(eventData && { eventData }) });
    const written = async () => (await streamer.getStreamInfo(name, runId)).tailIndex + 1;
    await step('step_created', { stepName: 'step//./w//one', input: bytes(1) });
    await step('step_started');
    await withGatheredWrites(async () => {
      for (let index = 0; index < 100; index++) await streamer.writeToStream(name, runId, bytes(index));
      await step('step_completed', { stepName: 'step//./w//one', result: bytes(1) });
      expect(await written()).toBe(100);
      for (let index = 100; index < 150; index++) await streamer.writeToStream(name, runId, bytes(index));
      await close();
      expect(await written()).toBe(150);
    });
    expect(await read()).toEqual(Array.from({ length: 150 }, (_, index) => [index]));
  });

  it('holds back a step whose chunks are not stored: it is not completed', async () => {
    const storage = await openStorage(scope);
    const step = async (eventType: string, eventData: object = {}) =>
      storage.events.create(runId, { eventType, correlationId: 'step_1', specVersion: 3, eventData });
    await step('step_created', { stepName: 'step//./w//one', input: bytes(1) });
    await step('step_started');
    stream = () => ({ ...HUB.stream(name), append: async () => Promise.reject(new Error('the object was interrupted')) });
    await withGatheredWrites(async () => {
      await streamer.writeToStream(name, runId, bytes(0));
      await expect(step('step_completed', { result: bytes(1) })).rejects.toThrow('the object was interrupted');
    });
    expect(await storage.steps.get(runId, 'step_1')).toMatchObject({ status: 'running' });
  });

  it('has a write that comes twice once, and none before the one that is missing', async () => {
    const id = crypto.randomUUID();
    const stamped = (seq: number, value: number) => streamer.writeToStreamMulti(name, runId, [bytes(value)], { id, seq });
    await stamped(0, 1);
    await stamped(0, 1);
    await expect(stamped(2, 3)).rejects.toMatchObject({ name: 'EntityConflictError', status: 409 });
    await stamped(1, 2);
    await stamped(0, 1);
    await close();
    expect(await read()).toEqual([[1], [2]]);
    expect(await streamer.listStreamsByRunId(runId)).toEqual([name]);
  });
});

describe('a stream in R2', () => {
  const bucket = env.WORKFLOW_PAYLOADS;
  /** A store of an isolate that knows nothing of the stream yet. @param puts gets the keys that are written */
  const open = (puts: string[] = []) => {
    const put: R2Bucket['put'] = (key: string, ...rest: unknown[]) => {
      puts.push(key);
      return (bucket.put as (...values: unknown[]) => never)(key, ...rest);
    };
    const watched = new Proxy(bucket, {
      get: (target, member) => (member === 'put' ? put : (Reflect.get(target, member) as () => unknown).bind(target)),
    });
    return new R2ChunkStore({ bucket: watched, key: name, hint: { length: 0, toldAtMs: 0 }, sleep: async () => undefined });
  };
  const told = async () => (await bucket.get(`metadata/${name}`))?.json();

  it('is an object for each chunk, and metadata that are written once a second at most', async () => {
    const puts: string[] = [];
    const store = open(puts);
    for (let number = 0; number < 20; number++) await store.append([bytes(number)], null);
    expect(puts.filter((key) => key.startsWith('metadata/'))).toHaveLength(1);
    expect(await told()).toEqual({ chunkCount: 1, closed: false });
    await store.close();
    expect(await told()).toEqual({ chunkCount: 20, closed: true });
    const { objects } = await bucket.list({ prefix: `streams/${name}/` });
    expect(objects.map(({ key }) => Number(key.split('/').at(-1))).toSorted((one, other) => one - other)).toEqual([...Array(21).keys()]);
  });

  it('is numbered without gaps by writers that know nothing of each other, each in its order', async () => {
    await Promise.all([1, 2, 3].map((writer) => open().append([bytes(writer, 0), bytes(writer, 1), bytes(writer, 2)], null)));
    expect(await open().describe()).toEqual({ length: 9, isClosed: false });
    const { chunks } = await open().read(0, 0);
    expect(chunks).toHaveLength(9);
    for (const writer of [1, 2, 3]) expect(chunks.filter(([by]) => by === writer).map(([, order]) => order)).toEqual([0, 1, 2]);
    await open().close();
    await open().append([bytes(4)], null);
    expect(await open().describe()).toEqual({ length: 9, isClosed: true });
  });
});
