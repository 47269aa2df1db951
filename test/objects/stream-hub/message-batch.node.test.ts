import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { joinBatches, sliceBatch, splitBatch } from '../../../src/objects/stream-hub/message-batch.ts';
import type { MessageBatch } from '../../../src/objects/stream-hub/rpc.ts';

const TEXTS = fc.array(fc.string({ minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 12 });

function batchOf(messages: readonly string[], isJson: boolean): MessageBatch {
  const parts = messages.map((message) => (isJson ? message : new TextEncoder().encode(message)));
  return joinBatches(
    parts.map((data) => ({ data, lengths: [data.length] })),
    isJson,
  );
}

function messagesOf({ data, lengths }: MessageBatch): string[] {
  let at = 0;
  return lengths.map((length) => {
    const message = data.slice(at, at + length);
    at += length + (typeof data === 'string' ? 1 : 0);
    return typeof message === 'string' ? message : new TextDecoder().decode(message);
  });
}

test('batches are cut and joined between messages, whatever is in them', () => {
  fc.assert(
    fc.property(TEXTS, fc.boolean(), fc.nat(12), fc.nat(12), fc.integer({ min: 1, max: 30 }), (texts, isJson, from, count, maxLength) => {
      const batch = batchOf(texts, isJson);
      expect(messagesOf(batch)).toEqual(texts);
      expect(messagesOf(sliceBatch(batch, from, Math.min(from + count, texts.length)))).toEqual(texts.slice(from, from + count));
      const pieces = splitBatch(batch, maxLength);
      expect(messagesOf(joinBatches(pieces, isJson))).toEqual(texts);
      expect(pieces.every(({ data, lengths }) => lengths.length === 1 || data.length - lengths.length < maxLength)).toBe(true);
    }),
  );
});
