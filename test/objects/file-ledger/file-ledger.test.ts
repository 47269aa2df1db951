import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { expect, test } from 'vitest';
import { fileKey } from '../../../src/wire/files.ts';

const FILE = { name: 'a.txt', type: 'text/plain', size: 3, sha256: null, createdBy: 'key/k' };
const GIB = 1024 ** 3;

function ledger() {
  const tenant = `f-${crypto.randomUUID().slice(0, 13)}`;
  return { tenant, stub: env.FILE_LEDGER.getByName(tenant) };
}

type Stub = ReturnType<typeof ledger>['stub'];

async function declared(stub: Stub, file = FILE): Promise<string> {
  const result = await stub.declare(file);
  if (result.kind !== 'declared') throw new Error('expected room');
  return result.file.id;
}

/** Lets the time pass for all files of a ledger, and runs the alarm. */
async function pass(stub: Stub, hours: number): Promise<void> {
  await runInDurableObject(stub, (_instance, { storage }) => {
    for (const [table, column] of [
      ['files', 'ends_at_ms'],
      ['files', 'begun_at_ms'],
      ['timers', 'at_ms'],
    ] as const)
      storage.sql.exec(`UPDATE ${table} SET ${column} = ${column} - ?`, hours * 3_600_000);
  });
  await runDurableObjectAlarm(stub);
}

async function hasNothing(stub: Stub): Promise<boolean> {
  return runInDurableObject(stub, async (_instance, { storage }) => {
    const tables = storage.sql.exec("SELECT name FROM sqlite_master WHERE name IN ('files', 'usage')").toArray();
    return tables.length === 0 && (await storage.getAlarm()) === null;
  });
}

test('a tenant has no more than its quota, whoever declares at the same time, and has it back when files go', async () => {
  const { stub } = ledger();
  const results = await Promise.all(Array.from({ length: 12 }, async () => stub.declare({ ...FILE, size: GIB })));
  const kinds = results.map(({ kind }) => kind);
  expect(kinds.filter((kind) => kind === 'declared')).toHaveLength(10);
  expect((await stub.list('', 100)).usage).toMatchObject({ files: 10, bytes: 10 * GIB, maxBytes: 10 * GIB });
  const [first] = results;
  if (first?.kind !== 'declared') throw new Error('expected room for the first');
  expect(await stub.remove(first.file.id)).toBe(true);
  expect((await stub.declare({ ...FILE, size: GIB })).kind).toBe('declared');
  expect((await stub.declare(FILE)).kind).toBe('full');
});

test('what it knows is known after an eviction', async () => {
  const { stub } = ledger();
  const id = await declared(stub);
  await stub.finishUpload(id);
  await evictDurableObject(stub);
  expect(await stub.find(id)).toMatchObject({ ...FILE, id, endsAtMs: null });
  expect((await stub.list('', 10)).usage).toMatchObject({ files: 1, bytes: 3 });
});

test('a ledger without files has no tables and no alarm: when none was declared, and when all are gone', async () => {
  const { stub } = ledger();
  expect(await stub.list('', 10)).toMatchObject({ files: [], usage: { files: 0, bytes: 0 } });
  expect([await stub.find('x'), await stub.beginUpload('x'), await stub.remove('x'), await hasNothing(stub)]).toEqual([
    null,
    null,
    false,
    true,
  ]);
  await stub.remove(await declared(stub));
  expect(await hasNothing(stub)).toBe(true);
  expect((await stub.declare(FILE)).kind).toBe('declared');
});

test('a file whose content does not come is forgotten after a day', async () => {
  const { stub } = ledger();
  const id = await declared(stub);
  await pass(stub, 23);
  expect(await stub.find(id)).toMatchObject({ storedAtMs: null });
  await pass(stub, 2);
  expect(await stub.find(id)).toBeNull();
  expect(await hasNothing(stub)).toBe(true);
});

test('an upload that began late has an hour', async () => {
  const { stub } = ledger();
  const id = await declared(stub);
  await pass(stub, 23.9);
  await stub.beginUpload(id);
  await pass(stub, 0.5);
  expect(await stub.find(id)).not.toBeNull();
  await pass(stub, 1);
  expect(await stub.find(id)).toBeNull();
});

test('content that has come without a word of it, as of a Worker that was killed, is kept', async () => {
  const { tenant, stub } = ledger();
  const id = await declared(stub);
  await stub.beginUpload(id);
  await env.STORAGE.put(fileKey(tenant, id), 'abc');
  await pass(stub, 25);
  expect(await stub.find(id)).toMatchObject({ endsAtMs: null });
  expect((await stub.find(id))?.storedAtMs).not.toBeNull();
  await stub.remove(id);
  expect(await env.STORAGE.head(fileKey(tenant, id))).toBeNull();
});

test('content that comes after its file was removed is deleted, at the latest after an hour', async () => {
  const { tenant, stub } = ledger();
  const id = await declared(stub);
  await stub.beginUpload(id);
  expect(await stub.remove(id)).toBe(true);
  expect([await stub.find(id), await stub.finishUpload(id), await stub.remove(id)]).toEqual([null, null, false]);
  await env.STORAGE.put(fileKey(tenant, id), 'abc');
  await pass(stub, 1.1);
  expect(await env.STORAGE.head(fileKey(tenant, id))).toBeNull();
  expect(await hasNothing(stub)).toBe(true);
});
