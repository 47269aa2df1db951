import { describe, expect, test } from 'vitest';
import type { JournalRow, KeyOutcome } from '../../src/objects/tenant-store/journal-rows.ts';
import { WriteJournal, type AnnouncedWrite } from '../../src/objects/tenant-store/write-journal.ts';

const LEAVES_WITHIN_MS = 10_000;
const HOLD_DOWN_MS = 30_000;
const STRONG_MS = 5_000;

/** A table, and the instances that have it one after the other. */
class World {
  nowMs = 1_000_000;
  readonly rows = new Map<number, JournalRow>();
  commits = 0;
  firstRows = 0;
  isBroken = false;
  journal = this.restart();

  restart(maxCharacters?: number): WriteJournal {
    this.journal = new WriteJournal({
      nowMs: () => this.nowMs,
      onFirstRow: () => void this.firstRows++,
      ...(maxCharacters === undefined ? {} : { maxCharacters }),
      storage: {
        load: () => [...this.rows.values()],
        save: (row) => {
          if (this.isBroken) throw new Error('broken');
          this.commits++;
          this.rows.set(row.slot, row);
        },
        clear: () => this.rows.clear(),
      },
    });
    return this.journal;
  }

  announce(...ids: string[]): AnnouncedWrite {
    const keys = ids.map(keyId);
    const changes = ids.map(() => 'put' as const);
    const write = this.journal.announce({ operation: 'PutItem', keys, changes, leavesByMs: this.nowMs + LEAVES_WITHIN_MS });
    if (write === null) throw new Error('no room');
    return write;
  }

  async leave(...ids: string[]): Promise<AnnouncedWrite> {
    const write = this.announce(...ids);
    await this.journal.beforeLeaving(write);
    return write;
  }

  async write(id: string, outcome: KeyOutcome = 'applied'): Promise<void> {
    this.journal.end(await this.leave(id), [outcome]);
  }

  left() {
    return this.restart().left.map(({ id, ...times }) => ({ id: id.slice(-1), ...times }));
  }
}

function keyId(id: string): string {
  return `table/5:[t]#k${id}`;
}

describe('commits', () => {
  test('one is enough for all writes that have come when the first is about to leave', async () => {
    const world = new World();
    const writes = Array.from({ length: 100 }, (_, index) => world.announce(String(index)));
    await world.journal.beforeLeaving(world.announce('x'));
    for (const write of writes) await world.journal.beforeLeaving(write);
    expect(world.commits).toBe(1);
  });

  test('one is enough for writes that want to leave in the same turn', async () => {
    const world = new World();
    await Promise.all([world.leave('a'), world.leave('b'), world.leave('c')]);
    expect(world.commits).toBe(1);
  });

  test('a write that ended before it could leave is in none', async () => {
    const world = new World();
    world.journal.end(world.announce('a'), ['refused']);
    await world.leave('b');
    expect(world.left().map(({ id }) => id)).toEqual(['b']);
  });

  test('one that fails lets nobody leave, and the next takes all with it', async () => {
    const world = new World();
    const write = world.announce('a');
    world.isBroken = true;
    await expect(world.journal.beforeLeaving(write)).rejects.toThrow('broken');
    world.isBroken = false;
    await world.leave('b');
    expect(world.commits).toBe(1);
    expect(world.left().map(({ id }) => id)).toEqual(['a', 'b']);
  });

  test('more than a row takes are several', async () => {
    const world = new World();
    const writes = Array.from({ length: 300 }, (_, index) => world.announce(`${'x'.repeat(3_000)}${index}`));
    for (const write of writes) await world.journal.beforeLeaving(write);
    expect(world.commits).toBe(2);
    for (const { entries } of world.rows.values()) expect(entries.length).toBeLessThan(510_000);
    expect(world.restart().left).toHaveLength(300);
  });
});

describe('what the next instance finds', () => {
  test('is held until no request of it can be applied any more, when its end is not known', async () => {
    const world = new World();
    await world.leave('a');
    const heldUntilMs = world.nowMs + LEAVES_WITHIN_MS + HOLD_DOWN_MS;
    expect(world.left()).toEqual([{ id: 'a', heldUntilMs, strongUntilMs: heldUntilMs + STRONG_MS }]);
  });

  test('is only read strongly for a while, when its end is known', async () => {
    const world = new World();
    await world.write('a');
    world.nowMs += 1_000;
    await world.leave('b');
    expect(world.left()[0]).toEqual({ id: 'a', heldUntilMs: null, strongUntilMs: world.nowMs + STRONG_MS });
  });

  test('is nothing of a write that was refused, and all of one of unknown outcome', async () => {
    const world = new World();
    await world.write('a', 'refused');
    await world.write('b', 'unknown');
    await world.leave('c');
    expect(world.left().map(({ id, heldUntilMs }) => [id, heldUntilMs === null])).toEqual([
      ['b', false],
      ['c', false],
    ]);
  });

  test('is told by key, of a batch that was done in part', async () => {
    const world = new World();
    const write = await world.leave('a', 'b', 'c');
    world.journal.end(write, ['applied', 'refused', 'unknown']);
    await world.leave('d');
    expect(world.left().map(({ id, heldUntilMs }) => [id, heldUntilMs === null])).toEqual([
      ['a', true],
      ['c', false],
      ['d', false],
    ]);
  });

  test('is the same for the instance after that', async () => {
    const world = new World();
    await world.write('a');
    await world.leave('b');
    const first = world.left();
    await world.leave('c');
    expect(world.left().slice(0, 2)).toEqual(first);
  });
});

describe('room', () => {
  test('a commit uses the slot of a settled row, so that steady writing keeps few', async () => {
    const world = new World();
    for (let second = 0; second < 100; second++, world.nowMs += 1_000) await world.write('a');
    expect(world.commits).toBe(100);
    expect(world.rows.size).toBeLessThanOrEqual(6);
    expect(world.left()).toHaveLength(5);
  });

  test('a write of unknown outcome keeps what came after it for as long as it is in doubt, and no longer', async () => {
    const world = new World();
    await world.write('u', 'unknown');
    for (let second = 0; second < 100; second++, world.nowMs += 1_000) await world.write('a');
    expect(world.rows.size).toBeLessThanOrEqual(46);
    expect(world.left().map(({ id }) => id)).not.toContain('u');
  });

  test('is refused when what is not settled takes too much of it, and there again when that is', async () => {
    const world = new World();
    world.restart(1_000);
    const announced: AnnouncedWrite[] = [];
    const one = { operation: 'PutItem', keys: [keyId('a')], changes: ['put'], leavesByMs: world.nowMs + LEAVES_WITHIN_MS } as const;
    for (let write = world.journal.announce(one); write !== null; write = world.journal.announce(one)) announced.push(write);
    expect(announced.length).toBeGreaterThan(5);
    await world.journal.beforeLeaving(announced[0] ?? world.announce('a'));
    for (const write of announced) world.journal.end(write, ['applied']);
    expect(world.journal.announce(one)).toBeNull();
    world.nowMs += STRONG_MS;
    expect(world.journal.announce(one)).not.toBeNull();
  });

  test('that announced writes took is free when they end without having left', () => {
    const world = new World();
    world.restart(1_000);
    for (let count = 0; count < 100; count++) world.journal.end(world.announce('a'), ['refused']);
    expect(world.commits).toBe(0);
  });
});

describe('settlement', () => {
  test('empties the journal once everything in it is settled, and says when to look again before', async () => {
    const world = new World();
    await world.write('a');
    await world.write('u', 'unknown');
    const settledAtMs = world.nowMs + LEAVES_WITHIN_MS + HOLD_DOWN_MS + STRONG_MS;
    expect(world.journal.settle(world.nowMs + 20_000)).toBe(settledAtMs);
    expect(world.rows.size).toBe(2);
    expect(world.restart().settle(settledAtMs)).toBeNull();
    expect(world.rows.size).toBe(0);
    expect(world.journal.left).toEqual([]);
  });

  test('is asked for by the first row after that', async () => {
    const world = new World();
    for (const _round of [1, 2]) {
      await world.write('a');
      await world.write('b');
      world.nowMs += STRONG_MS;
      expect(world.journal.settle(world.nowMs)).toBeNull();
    }
    expect(world.firstRows).toBe(2);
  });

  test('no number is given twice, though nothing of the journal is kept', async () => {
    const world = new World();
    const first = (await world.leave('a')).sequence;
    world.nowMs += 60_000;
    world.journal.settle(world.nowMs);
    const second = (await world.leave('b')).sequence;
    world.restart();
    const third = (await world.leave('c')).sequence;
    expect(second).toBeGreaterThan(first);
    expect(third).toBeGreaterThan(second);
  });
});
