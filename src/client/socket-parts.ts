/** What comes over a reader's socket. */
import type { AckFrame } from '../wire/stream-frames.ts';
import { onNetwork } from './network.ts';
import { readFrame } from './stream-part.ts';
import type { StreamPart } from './stream-part.ts';

/** How much is acknowledged at once, in characters or bytes: a quarter of what the service sends without. */
const ACK_EVERY = 128 * 1024;
/** A socket that says nothing for twice as long is dead, whatever the platform thinks of it. */
const HEARTBEAT_MS = 25_000;
/** The service ends a socket without fault of anybody: the stream is closed, time is up, too little was acknowledged, or what comes next is gone. */
const COME_AGAIN = [1000, 1012, 4408, 4410];

/**
 * The parts of an open socket, each acknowledged when the next one is asked for.
 *
 * @throws Error when the connection is lost, or ended: whether it can be had again, and why not, is what the service answers to the next one
 */
export async function* socketParts<Value>(socket: WebSocket, signal?: AbortSignal): AsyncGenerator<StreamPart<Value>, void, void> {
  const frames: (string | ArrayBuffer)[] = [];
  let wake = (): void => undefined;
  let end: { code: number; reason: string } | null = null;
  let isQuiet = false;
  let unacknowledged = 0;
  const finish = ({ code, reason }: { code: number; reason: string }) => {
    end ??= { code, reason };
    wake();
  };
  const lose = () => finish({ code: 1006, reason: 'lost' });
  socket.addEventListener('message', ({ data }) => {
    isQuiet = false;
    if (data !== 'pong') frames.push(data as string | ArrayBuffer); // by its binaryType
    wake();
  });
  socket.addEventListener('close', finish);
  socket.addEventListener('error', lose);
  signal?.addEventListener('abort', lose);
  const ignore = onNetwork('offline', lose);
  const ask = () => socket.send('ping');
  const heartbeat = setInterval(() => {
    if (isQuiet || end) return lose();
    isQuiet = true;
    ask();
  }, HEARTBEAT_MS);
  try {
    ask(); // workerd keeps the connection of a socket that it has closed, and that has never sent anything, until its object hibernates
    for (;;) {
      const frame = frames.shift();
      if (frame !== undefined) {
        const part = readFrame<Value>(frame);
        if (!part) continue;
        yield part;
        unacknowledged += typeof frame === 'string' ? frame.length : frame.byteLength;
        if (unacknowledged < ACK_EVERY || end) continue;
        unacknowledged = 0;
        socket.send(JSON.stringify({ type: 'ack', offset: part.offset } satisfies AckFrame));
      } else if (end) {
        return leave(end);
      } else {
        await new Promise<void>((resolve) => (wake = resolve));
      }
    }
  } finally {
    clearInterval(heartbeat);
    signal?.removeEventListener('abort', lose);
    ignore();
    socket.close(1000);
  }
}

function leave({ code, reason }: { code: number; reason: string }): void {
  if (!COME_AGAIN.includes(code)) throw new Error(`${code} ${reason}`);
}
