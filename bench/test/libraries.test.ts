import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { HarnessProcess } from '../harness/child-process.ts';
import type { LibraryMeasurement } from '../harness/library-benchmark.ts';
import type { LibraryQuestion } from '../harness/library-process.ts';
import { CASES, type CaseName } from '../libraries/cases.ts';
import { answeringFetch, makeAnswers } from '../libraries/transport.ts';
import { userId } from '../libraries/users.ts';

const LIBRARIES = ['steamer', 'steamer-store', 'dynamo-bao', 'electrodb', 'dynamodb-toolbox', 'document-client', 'json-parse'];
/** dynamo-bao takes seconds for those. */
const LONG = /000 at once/;
const NEEDED: readonly CaseName[] = ['get', 'query of 100, all fields of each read', 'create', 'update of a field', '100 by their ids'];

for (const library of LIBRARIES) {
  test(`${library} does what it is asked for`, async () => {
    await using process = new HarnessProcess<LibraryQuestion, LibraryMeasurement | null>('./library-process.ts', [library]);
    for (const name of (Object.keys(CASES) as CaseName[]).filter((each) => !LONG.test(each))) {
      const measured = await process.ask({ case: name, durationMs: 1, warmUpMs: 1 });
      if (library !== 'json-parse' && NEEDED.includes(name)) assert.ok(measured, name);
      if (measured !== null) assert.ok(measured.cpuMicros > 0 && measured.elapsedMicros > 0, name);
    }
  });
}

test('every library is in the table', () => {
  const shared = ['bao-user', 'cases', 'contender', 'transport', 'users'];
  const files = readdirSync(new URL('../libraries', import.meta.url)).map((file) => file.replace(/\.ts$/, ''));
  assert.deepEqual(files.toSorted(), [...LIBRARIES, ...shared].toSorted());
});

test('a batch is answered with the rows of its ids, however they are written', async () => {
  const send = answeringFetch(makeAnswers('bench', (id) => ({ id: { S: id } })));
  const body = JSON.stringify([userId(7), userId(8).toLowerCase(), userId(7)]);
  const headers = { 'x-amz-target': 'DynamoDB_20120810.BatchGetItem' };
  const rows = [{ id: { S: userId(7) } }, { id: { S: userId(8) } }];
  for (const request of [new Request('http://x', { method: 'POST', headers, body }), 'http://x']) {
    const answer = await send(request, { method: 'POST', headers, body });
    assert.deepEqual(JSON.parse(await answer.text()).Responses, { bench: rows });
  }
});
