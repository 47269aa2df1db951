import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openCursor, sealCursor } from '../../src/bao/index.ts';

const key = (id: string) => ({ id, secret: new Uint8Array(32).fill(id.charCodeAt(0)) });
const LAST_KEY = { _pk: '[acme]#ta#secret-id', _sk: 'ta', _gsi1_pk: '[acme]#ta#gsi1#x', _gsi1_sk: '00000000000000000001' };
const BINDING = 'acme|Task|tasksByKind|{}';

describe('a cursor', () => {
  it('opens to what was sealed, with the same binding and any active key', async () => {
    const cursor = await sealCursor(LAST_KEY, BINDING, [key('a')]);
    expect(cursor).toMatch(/^a\.[A-Za-z0-9_-]+$/);
    expect(await openCursor(cursor, BINDING, [key('b'), key('a')])).toEqual(LAST_KEY);
  });

  it('does not show what it holds', async () => {
    const cursor = await sealCursor(LAST_KEY, BINDING, [key('a')]);
    expect(Buffer.from(cursor.slice(2), 'base64url').toString('latin1')).not.toMatch(/secret-id|acme|_pk/);
    expect(await sealCursor(LAST_KEY, BINDING, [key('a')])).not.toBe(cursor);
  });

  it('is nothing under another binding, without its key, or with another key of the same name', async () => {
    const cursor = await sealCursor(LAST_KEY, BINDING, [key('a')]);
    expect(await openCursor(cursor, `${BINDING} `, [key('a')])).toBeNull();
    expect(await openCursor(cursor, BINDING, [key('b')])).toBeNull();
    expect(await openCursor(cursor, BINDING, [{ id: 'a', secret: new Uint8Array(32) }])).toBeNull();
  });

  it('is nothing after an edit of any character', async () => {
    const cursor = await sealCursor(LAST_KEY, BINDING, [key('a')]);
    for (let at = 0; at < cursor.length; at += 1) {
      const edited = cursor.slice(0, at) + (cursor[at] === 'A' ? 'B' : 'A') + cursor.slice(at + 1);
      // The last character may hold bits that base64 ignores; the bytes are the same then.
      if (at < cursor.length - 1) expect(await openCursor(edited, BINDING, [key('a')])).toBeNull();
    }
  });

  it('is nothing when it is any other text', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string(), async (text) => {
        expect(await openCursor(text, BINDING, [key('a')])).toBeNull();
      }),
    );
    for (const text of ['', '.', 'a.', 'a.AAAA', `a.${'A'.repeat(20_000)}`]) expect(await openCursor(text, BINDING, [key('a')])).toBeNull();
  });

  it('needs a key to be made', async () => {
    await expect(sealCursor(LAST_KEY, BINDING, [])).rejects.toThrow(TypeError);
  });
});
