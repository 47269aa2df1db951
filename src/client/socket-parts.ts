/** What comes over a reader's socket. */
import type { AckFrame } from '../wire/stream-frames.ts';
import { SteamerError } from './connection.ts';
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
 * @throws SteamerError when it is not to be opened again, Error when the connection is lost
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
  const heartbeat = setInterval(() => {
    if (isQuiet) return lose();
    isQuiet = true;
    socket.send('ping');
  }, HEARTBEAT_MS);
  try {
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
  if (COME_AGAIN.includes(code)) return;
  if (code === 4404) throw new SteamerError('not_found', 404, reason);
  if (code > 4400) throw new SteamerError('invalid_input', 400, reason);
  throw new Error(`${code} ${reason}`);
}
