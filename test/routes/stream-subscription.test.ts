import { expect, test } from 'vitest';
import { Subscription } from '../../src/routes/stream-subscription.ts';
import { encodeFrame, STREAM_CLOSE_CODES } from '../../src/wire/stream-frames.ts';
import type { ServiceHeader } from '../../src/wire/stream-frames.ts';
import { formatOffset } from '../../src/wire/stream-offset.ts';
import { eventually } from '../setup/eventually.ts';

const begin = { epoch: 1, position: 0 };

/** A subscription over sockets whose other ends, the objects', are the test's. @param hasRoom whether data is taken */
function subscribe({ hasRoom = true, connected = Promise.resolve() }: { hasRoom?: boolean; connected?: Promise<void> } = {}) {
  const objects: WebSocket[] = [];
  const heard: (string | number)[] = [];
  const subscription = new Subscription({
    locate: async () => begin,
    connect: async () => {
      const { 0: client, 1: object } = new WebSocketPair();
      object.accept();
      objects.push(object);
      await connected;
      return client;
    },
    deliver: ({ header }) => {
      if (header.type === 'data' && !hasRoom) return false;
      heard.push(header.type);
      return true;
    },
    ended: (code) => void heard.push(code),
  });
  const opened = subscription.open('start', () => void heard.push('subscribed'));
  const send = (header: ServiceHeader) => objects[0]?.send(encodeFrame({ header, data: '1' }));
  return { subscription, opened, objects, heard, send };
}

test('a stream that is left while it is connected to is not said to be followed, and its socket is closed', async () => {
  const connected = Promise.withResolvers<void>();
  const { subscription, opened, objects, heard } = subscribe({ connected: connected.promise });
  await eventually(() => expect(objects).toHaveLength(1));
  const closed = new Promise((resolve) => objects[0]?.addEventListener('close', resolve));
  subscription.close();
  connected.resolve();
  await opened;
  await closed;
  expect(heard).toEqual([]);
});

test.each([
  ['the end of the stream is no end yet', STREAM_CLOSE_CODES.end, STREAM_CLOSE_CODES.restart],
  ['a deletion is one', STREAM_CLOSE_CODES.deleted, STREAM_CLOSE_CODES.deleted],
])('for who waits, and is owed an answer, %s', async (_title, code, told) => {
  const { subscription, opened, objects, heard, send } = subscribe({ hasRoom: false });
  await opened;
  expect(subscription.append('{"type":"append"}\n1')).toBe(true);
  send({ type: 'data', next: formatOffset({ epoch: 1, position: 1 }) });
  await eventually(() => expect(subscription.isWaiting).toBe(true));
  objects[0]?.close(code);
  await eventually(() => expect(heard).toEqual(['subscribed', told]));
});
