import { evictDurableObject } from 'cloudflare:test';
import { expect, test, vi } from 'vitest';
import { append, follow, hubOf, nativeStub, newStream, runAlarmIn } from './stream-fixture.ts';
import { eventually } from '../../setup/eventually.ts';

vi.setConfig({ testTimeout: 30_000 });

const user = (id: string, data: unknown = null) => ({ kind: 'user', id, data });
type Follower = Awaited<ReturnType<typeof follow>>;

/** What a member was told of the others: the event, and whom it was about. */
const heard = ({ answers }: Follower) =>
  answers.flatMap((answer) => (answer.type === 'presence' ? [[answer.event, ...answer.members.map(({ id }) => id)]] : []));

test('members are told who is there, who comes and who leaves, and a principal is one member however many sockets it has', async () => {
  const { name, hub } = await newStream();
  const ann = await follow(hub, 0, { member: user('ann', { colour: 'red' }) });
  const bob = await follow(hub, 0, { member: user('bob') });
  const annAgain = await follow(hub, 0, { member: user('ann', { colour: 'blue' }) });
  await eventually(() => expect(heard(annAgain)).toEqual([['members', 'ann', 'bob']]));
  expect(await hub.presence()).toMatchObject({ members: [{ id: 'ann', data: { colour: 'blue' } }, { id: 'bob' }] });
  await evictDurableObject(nativeStub(name), { webSockets: 'hibernate' });
  annAgain.socket.close();
  const carl = await follow(hubOf(name), 0, { member: user('carl') });
  bob.socket.close();
  await eventually(() =>
    expect(heard(carl)).toEqual([
      ['members', 'ann', 'bob', 'carl'],
      ['leave', 'bob'],
    ]),
  );
  await eventually(() =>
    expect(heard(ann)).toEqual([
      ['members', 'ann'],
      ['join', 'bob'],
      ['join', 'carl'],
      ['leave', 'bob'],
    ]),
  );
  expect(await hubOf(name).presence()).toMatchObject({ members: [{ id: 'ann', data: { colour: 'red' } }, { id: 'carl' }] });
});

test('a member whose socket is ended by the object has left', async () => {
  const { name, hub } = await newStream();
  const ann = await follow(hub, 0, { member: user('ann') });
  await runAlarmIn(15 * 60_000 + 1_000, name);
  expect(await ann.closed).toMatchObject({ code: 1012 });
  expect(await hub.presence()).toEqual({ kind: 'members', members: [] });
});

test('who does not ask for it is no member, and hears of none', async () => {
  const { hub } = await newStream();
  const quiet = await follow(hub, 0);
  const ann = await follow(hub, 0, { member: user('ann') });
  await append(hub, 1);
  await eventually(() => expect([quiet.values, ann.values]).toEqual([[1], [1]]));
  expect([quiet.answers, heard(ann)]).toEqual([[], [['members', 'ann']]]);
});

test('of a stream that there is not nobody is present', async () => {
  expect(await hubOf('none').presence()).toEqual({ kind: 'absent' });
});
