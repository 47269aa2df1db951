import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { env, exports } from 'cloudflare:workers';
import { expect, inject, test } from 'vitest';
import { StreamClient } from '../../src/client/index.ts';
import { createTenant } from '../setup/rest-client.ts';

/** At full size (20): 100,000 events, 200 disturbances, 50 readers. */
const scale = inject('testScale');
const EVENTS = Math.ceil(5_000 * scale);
const DISTURBANCES = Math.ceil(10 * scale);
const READERS = Math.ceil(2.5 * scale);
const EVENTS_PER_TURN = 50;
const SEED = 20_260_101;

/** Numbers from 0 to 1 that are the same in every run (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

test(
  'every reader gets every event once and in order, though sockets are lost, the object is evicted and aborted, and answers do not arrive',
  async () => {
    const acme = await createTenant(['streams:read', 'streams:write']);
    const random = randomNumbers(SEED);
    const hub = () => env.STREAM_HUB.getByName(`${acme.tenant}/events`);
    const call = async (url: string, init: RequestInit) => exports.default.fetch(new Request(url, init));
    let requests = 0;
    const options = {
      url: `https://steamer.test/v1/${acme.tenant}`,
      headers: { authorization: `Bearer ${acme.token}` },
      fetch: async (url: string, init: RequestInit) => {
        const response = await call(url, init);
        if (init.method === 'POST' && ++requests % 10 === 0) throw new TypeError('the answer is lost');
        return response;
      },
      openSocket: async (url: string, protocol: string) => {
        const headers = { upgrade: 'websocket', 'sec-websocket-protocol': protocol };
        const { webSocket } = await exports.default.fetch(url.replace(/^ws/, 'http'), { headers });
        webSocket?.accept();
        return webSocket;
      },
    };
    const streams = new StreamClient(options);
    await streams.create('events');

    /** Counts what is lost, repeated or out of order, rather than keep what came. */
    async function read(): Promise<{ events: number; wrong: number; connections: number }> {
      const seen = { events: 0, wrong: 0, connections: 0 };
      const onStatus = (status: string) => void (status === 'connecting' && seen.connections++);
      for await (const { value, offset } of streams.follow<number>('events', { onStatus })) {
        if (value !== seen.events || Number(offset.split('_')[1]) !== value + 1) seen.wrong++;
        seen.events++;
      }
      return seen;
    }

    const disturb = [
      async () => evictDurableObject(hub(), { webSockets: 'hibernate' }),
      async () =>
        runInDurableObject(hub(), (_, ctx) => {
          for (const socket of ctx.getWebSockets()) if (random() < 0.5) socket.close(1011, 'lost');
        }),
      async () => evictDurableObject(hub(), { webSockets: 'close' }),
      async () =>
        runInDurableObject(hub(), (_, ctx) => ctx.abort('aborted')).then(
          () => undefined,
          () => undefined, // who aborts is aborted
        ),
    ];

    const readers = Array.from({ length: READERS }, read);
    const producer = streams.producer('events');
    const turns = EVENTS / EVENTS_PER_TURN;
    for (let turn = 0; turn < turns; turn++) {
      const numbers = Array.from({ length: EVENTS_PER_TURN }, (_, n) => turn * EVENTS_PER_TURN + n);
      const stored = Promise.all(numbers.map(async (n) => producer.append(n)));
      if (Math.floor((turn * DISTURBANCES) / turns) !== Math.floor(((turn + 1) * DISTURBANCES) / turns))
        await disturb[Math.floor(random() * disturb.length)]?.();
      await stored;
    }
    await new StreamClient({ ...options, fetch: call }).close('events'); // tried once, so its answer is not to be lost
    const results = await Promise.all(readers);
    expect(results.map(({ events, wrong }) => [events, wrong])).toEqual(results.map(() => [EVENTS, 0]));
    if (scale > 1)
      console.log(JSON.stringify({ EVENTS, DISTURBANCES, READERS, connections: results.map(({ connections }) => connections) }));
  },
  // What is waited for is a machine that others use, too.
  120_000 * Math.max(1, scale),
);
