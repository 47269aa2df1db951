import { env } from 'cloudflare:workers';
import { expect, test } from 'vitest';
import { receiveFile } from '../../../src/edge/files/received-file.ts';
import type { ReceivingBucket } from '../../../src/edge/files/received-file.ts';

const CHUNK = new Uint8Array(1_000).fill(97);
const DECLARED = { name: 'a.txt', type: 'text/plain', size: 1_000_000, sha256: null };

/** A body of as many chunks as are asked for, that counts them and knows whether its end was not waited for. */
function source(chunks = 1_000) {
  const seen = { pulled: 0, isCancelled: false };
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (seen.pulled++ < chunks) controller.enqueue(CHUNK.slice());
        else controller.close();
      },
      cancel() {
        seen.isCancelled = true;
      },
    },
    { highWaterMark: 0 },
  );
  return { seen, body };
}

const newKey = () => `received-file-${crypto.randomUUID()}`;

test('no more is taken from a body than R2 has read', async () => {
  const { seen, body } = source();
  const asked = Promise.withResolvers<ReadableStream<Uint8Array>>();
  const answer = Promise.withResolvers<null>();
  const slow = {
    put: async (_key: string, value: unknown) => {
      asked.resolve(value as ReadableStream<Uint8Array>); // what receiveFile hands over
      return answer.promise;
    },
  } as unknown as ReceivingBucket;
  const received = receiveFile(body, DECLARED, slow, newKey());
  const reader = (await asked.promise).getReader();
  let read = 0;
  while (read < 100_000) read += (await reader.read()).value?.byteLength ?? Infinity;
  expect(seen.pulled).toBeLessThanOrEqual(read / CHUNK.byteLength + 3);
  answer.resolve(null);
  expect(await received).toBe(false);
  expect(seen.isCancelled).toBe(true);
});

test('R2 that fails at once is told as such, and the body is left where it is', async () => {
  const { seen, body } = source();
  const broken = { put: () => Promise.reject(new Error('R2 is away')) } as unknown as ReceivingBucket;
  await expect(receiveFile(body, DECLARED, broken, newKey())).rejects.toMatchObject({ code: 'unavailable' });
  expect(seen).toMatchObject({ isCancelled: true });
  expect(seen.pulled).toBeLessThan(5);
});

test('what is under a key stays there', async () => {
  const key = newKey();
  expect(await receiveFile(source().body, DECLARED, env.STORAGE, key)).toBe(true);
  const { etag } = (await env.STORAGE.head(key)) ?? {};
  const other = { ...DECLARED, size: 3_000 };
  expect(await receiveFile(source(3).body, other, env.STORAGE, key)).toBe(false);
  expect(await env.STORAGE.head(key)).toMatchObject({ etag, size: 1_000_000 });
});
