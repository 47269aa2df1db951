/** What comes over the sockets of readers and writers: the same in a stream's own object and in a relay. */
import { readReaderFrame } from './reader-frame.ts';
import type { Readers } from './readers.ts';
import type { SentStream } from './sent-stream.ts';
import type { SocketAppends } from './socket-appends.ts';

/** Acknowledges or appends as a frame says, or closes the socket of one that says neither. @param stream null when it is no more: then nothing is done */
export async function takeFrame(
  socket: WebSocket,
  message: string | ArrayBuffer,
  stream: SentStream | null,
  { readers, appends }: { readers: Readers; appends: SocketAppends },
): Promise<void> {
  const frame = readReaderFrame(message, readers.mayAppend(socket));
  if (frame.kind === 'refused') return socket.close(frame.code, frame.reason);
  if (stream === null) return;
  if (frame.kind === 'ack') await readers.acknowledge(socket, stream, frame.position);
  else await appends.take(socket, frame, stream.contentType);
}
