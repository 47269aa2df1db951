/**
 * The laws of access rules, over rules, principals and routes of any kind. They are about what may be read and written, which `access-law.ts` says
 * once more, in other words than the code.
 */
import * as fc from 'fast-check';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import type { AccessRules } from '../../src/wire/access-rules.ts';
import { clientOf, createTenant } from '../setup/rest-client.ts';
import type { RestClient } from '../setup/rest-client.ts';
import { anyRules, callsOf, mayRead, PRINCIPALS, serviceWith, wrongChanges } from './access-law.ts';
import type { Call, Item, Who } from './access-law.ts';

const TIMEOUT = { timeout: 300_000 * Math.max(1, inject('testScale')) };
const routes = serviceWith('read-write').routes.filter(({ path }) => /^\/v1\/:tenant\/(?:things|models|transact)/.test(path));
const READS = routes.filter(({ mutates }) => !mutates).flatMap(callsOf);
const WRITES = routes.filter(({ mutates }) => mutates).flatMap(callsOf);
const some = (list: readonly Call[], count: number) => fc.shuffledSubarray([...list], { minLength: count, maxLength: count });

let reads: Call[];
let tenant: string;
let everything: RestClient;
let people: { who: Who; token: string | null }[];

beforeAll(async () => {
  const backend = await createTenant();
  tenant = backend.tenant;
  everything = clientOf(serviceWith('read-write'), backend);
  people = await Promise.all(
    PRINCIPALS.map(async (who) => {
      const { token } = who.name === 'nobody' ? { token: null } : await createTenant(undefined, tenant, who);
      return { who: { ...who, id: who.subject ?? token?.split('_')[2] ?? '' }, token };
    }),
  );
  await store(SEEDS);
  // Those that are right in themselves: others are refused whatever the rules.
  const statuses = await Promise.all(READS.map(([method, path, body]) => everything.call(method, path, body).then(({ status }) => status)));
  reads = READS.filter((_, at) => statuses[at] === 200);
});

const anybody = () => fc.nat({ max: PRINCIPALS.length - 1 });
const personAt = (position: number): { who: Who; token: string | null } => {
  const person = people[position];
  if (!person) throw new RangeError(`there is no principal ${position}`);
  return person;
};

/** Two things of ada's and one of bob's, in one room, each with values that no other has. */
const SEEDS: readonly Item[] = ['ada', 'bob', 'ada'].map((ownerId, n) => ({
  thingId: `t${n}`,
  ownerId,
  parentId: 't0',
  room: 'hall',
  label: `label of t${n}`,
  mark: `mark of t${n}`,
}));

async function store(items: readonly Item[]): Promise<void> {
  const gone = ['t0', 't1', 't2', 'new'].filter((id) => !items.some(({ thingId }) => thingId === id));
  const answer = await everything.call('POST', '/things/batch-write', { put: items, delete: gone });
  expect(answer.body.errors).toEqual([]);
}

/** Every thing as it is stored, by id. */
async function stored(): Promise<Map<string, Item>> {
  const { status, body } = await everything.call('POST', '/things/batch-get', { ids: ['t0', 't1', 't2', 'new'] });
  expect(status, JSON.stringify(body)).toBe(200);
  return new Map(body.items.map((item: Item) => [item['thingId'], item]));
}

/** What a principal is answered, without what differs from one time to the next. */
async function answers(client: RestClient, list: readonly Call[]): Promise<string[]> {
  const texts: string[] = [];
  for (const [method, path, body] of list) {
    const answer = await client.call(method, path, body);
    const plain = (name: string, value: unknown): unknown => {
      if (name === 'cursor' || name === '_cursor') return value === null ? null : 'a cursor';
      return name === 'requestId' || name === 'revision' ? undefined : value;
    };
    texts.push(`${answer.status} ${JSON.stringify(answer.body ?? null, plain)}`);
  }
  return texts;
}

/** The same things with other values where a principal may not see them, and without those of which it may see nothing. */
function hidden(rules: AccessRules, who: Who): Item[] {
  return SEEDS.filter((item) => mayRead(rules, who, item)).map((item) =>
    Object.fromEntries(Object.entries(item).map(([name, value]) => [name, mayRead(rules, who, item, name) ? value : `t2 other ${value}`])),
  );
}

describe('whatever the rules, the principal and the route', () => {
  it('no answer depends on what may not be read', TIMEOUT, async () => {
    await fc.assert(
      fc.asyncProperty(anyRules, anybody(), some(reads, 20), async (rules, position, list) => {
        const { who, token } = personAt(position);
        const client = clientOf(serviceWith(rules), { tenant, token });
        await store(SEEDS);
        const before = await answers(client, list);
        await store(hidden(rules, who));
        const after = await answers(client, list);
        const differs = before.findIndex((text, at) => text !== after[at]);
        if (differs >= 0) throw new Error(`${who.name}, ${list[differs]?.slice(0, 2).join(' ')}:\n${before[differs]}\n${after[differs]}`);
        const told = before.find((text) =>
          SEEDS.some((item) => ['label', 'mark'].some((name) => text.includes(`"${item[name]}"`) && !mayRead(rules, who, item, name))),
        );
        expect(told).toBeUndefined();
      }),
      { numRuns: Math.ceil(30 * inject('testScale')) },
    );
  });

  it('nothing is changed that may not be written', TIMEOUT, async () => {
    await fc.assert(
      fc.asyncProperty(anyRules, anybody(), some(WRITES, 25), async (rules, position, list) => {
        const { who, token } = personAt(position);
        const client = clientOf(serviceWith(rules), { tenant, token });
        await store(SEEDS);
        let before = await stored();
        for (const [method, path, body] of list) {
          const { status } = await client.call(method, path, body);
          const after = await stored();
          const wrong = wrongChanges(rules, who, before, after);
          if (wrong !== null) throw new Error(`${who.name}, ${method} ${path} ${JSON.stringify(body)} (${status}): ${wrong}`);
          before = after;
        }
      }),
      { numRuns: Math.ceil(12 * inject('testScale')) },
    );
  });
});
