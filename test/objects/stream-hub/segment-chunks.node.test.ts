import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { joinBatches } from '../../../src/objects/stream-hub/message-batch.ts';
import { decodeChunk, encodeSegment } from '../../../src/objects/stream-hub/segment-chunks.ts';
import type { LogRow } from '../../../src/objects/stream-hub/segment-chunks.ts';

/** Rows of a log, some of which were appended together, some behind a gap. */
const rows = (isJson: boolean) =>
  fc
    .array(
      fc.record({
        messages: fc.array(isJson ? fc.json() : (fc.uint8Array({ maxLength: 300 }) as fc.Arbitrary<string | Uint8Array>), {
          minLength: 1,
          maxLength: 20,
        }),
        repeat: fc.constantFrom(1, 1, 1, 200),
        isSameAppend: fc.boolean(),
        gap: fc.constantFrom(0, 0, 0, 7),
      }),
      { minLength: 1, maxLength: 20 },
    )
    .map((parts) => {
      let position = 3;
      let lengthBefore = 0;
      let appendPosition = 3;
      return parts.map(({ messages, repeat, isSameAppend, gap }, index): LogRow => {
        position += index === 0 ? 0 : gap;
        if (!isSameAppend || gap > 0) appendPosition = position;
        const batches = Array.from({ length: repeat }, () => messages).flat();
        const batch = joinBatches(
          batches.map((data) => ({ data, lengths: [data.length] })),
          isJson,
        );
        const row = { position, appendPosition, atMs: 1, lengthBefore, messages: batch };
        position += batch.lengths.length;
        lengthBefore += batch.data.length;
        return row;
      });
    });

test.each([true, false])('what is read of a segment, chunk by chunk, is what was written (JSON: %s)', (isJson) => {
  fc.assert(
    fc.property(rows(isJson), (written) => {
      const { body, chunks } = encodeSegment(written, isJson);
      const read = chunks.map(({ byteOffset }, index) => decodeChunk(body.subarray(byteOffset, chunks[index + 1]?.byteOffset), isJson));
      expect(read.map(({ position }) => position)).toEqual(chunks.map(({ position }) => position));
      expect(read.flatMap(({ messages }) => messages.lengths)).toEqual(written.flatMap(({ messages }) => messages.lengths));
      expect(
        joinBatches(
          read.map(({ messages }) => messages),
          isJson,
        ).data,
      ).toEqual(
        joinBatches(
          written.map(({ messages }) => messages),
          isJson,
        ).data,
      );
      const begins = written.filter(({ position, appendPosition }) => position === appendPosition);
      expect(read.flatMap(({ appends }) => appends)).toEqual(begins.map(({ position }) => position));
      for (const { position, lengthBefore } of chunks)
        expect(written.find((row) => row.position === position)?.lengthBefore).toBe(lengthBefore);
    }),
    { numRuns: 50 },
  );
});
