/** One stream on a socket of several: a hibernating socket to the stream's object, of which every frame is passed on. */
import { decodeFrame, STREAM_CLOSE_CODES } from '../wire/stream-frames.ts';
import type { AckFrame, ServiceFrame } from '../wire/stream-frames.ts';
import { formatOffset, parseOffset } from '../wire/stream-offset.ts';
import type { StreamFrom, StreamPosition } from '../wire/stream-offset.ts';

export interface SubscriptionOptions {
  /** the position that `from` is at the moment */
  locate: (from: StreamFrom) => Promise<StreamPosition>;
  /** a socket to the stream's object */
  connect: (from: StreamPosition) => Promise<WebSocket>;
  /** passes a frame on. @returns false when there is no room for it: the subscription waits then */
  deliver: (frame: ServiceFrame, length: number) => boolean;
  /** the object has ended the socket */
  ended: (code: number, reason: string) => void;
}

export class Subscription {
  readonly #options: SubscriptionOptions;
  #socket: WebSocket | null = null;
  /** answers to appends that sockets still owe: one that was left is kept for them */
  readonly #owed = new Map<WebSocket, number>();
  #position: StreamPosition = { epoch: 0, position: 0 };
  /** where the socket to the object began: what is acknowledged before that is news to nobody there */
  #begin = 0;
  /** frames that were passed on and not acknowledged: the position behind each, and how long it was */
  #inFlight: { position: number; length: number }[] = [];
  #state: 'open' | 'waiting' | 'closed' = 'open';

  constructor(options: SubscriptionOptions) {
    this.#options = options;
  }

  /** Where it has come to: everything before it was passed on. */
  get position(): StreamPosition {
    return this.#position;
  }

  get isWaiting(): boolean {
    return this.#state === 'waiting';
  }

  /** How long what was passed on and not acknowledged is. */
  get unacknowledged(): number {
    return this.#inFlight.reduce((sum, { length }) => sum + length, 0);
  }

  /** Begins. @param opened hears where, before the first frame. @throws ServiceError when there is no such stream, or offset of it */
  async open(from: StreamFrom, opened: () => void): Promise<void> {
    this.#position = await this.#options.locate(from);
    if (this.#isClosed) return;
    const socket = await this.#options.connect(this.#position);
    if (!this.#isClosed) opened();
    this.#follow(socket);
  }

  /** Goes on from where it stopped, after it had to wait. @throws ServiceError as `open` */
  async resume(): Promise<void> {
    this.#state = 'open';
    this.#follow(await this.#options.connect(this.#position));
  }

  close(): void {
    this.#state = 'closed';
    for (const socket of this.#owed.keys()) if (socket !== this.#socket) socket.close(STREAM_CLOSE_CODES.end);
    this.#owed.clear();
    this.#leave();
  }

  /** The client has dealt with everything before `position`. @returns how long that was; 0 where it says nothing new */
  acknowledge(position: number): number {
    const before = this.unacknowledged;
    this.#inFlight = this.#inFlight.filter((frame) => frame.position > position);
    const freed = before - this.unacknowledged;
    if (freed > 0 && position > this.#begin && position <= this.#position.position)
      this.#socket?.send(JSON.stringify({ type: 'ack', offset: formatOffset({ ...this.#position, position }) } satisfies AckFrame));
    return freed;
  }

  /** Sends an append to the stream's object; its answer is passed on, also when the subscription has to wait before it comes. @returns false while there is no way to it */
  append(frame: string | Uint8Array): boolean {
    const socket = this.#socket;
    if (socket === null) return false;
    socket.send(frame);
    this.#owed.set(socket, (this.#owed.get(socket) ?? 0) + 1);
    return true;
  }

  #follow(socket: WebSocket): void {
    // Binary messages are buffers only where that is asked for (compatibility dates from 2026-03-17 on).
    socket.binaryType = 'arraybuffer';
    socket.addEventListener('message', ({ data }) => this.#receive(socket, data as string | ArrayBuffer)); // by the line above
    socket.addEventListener('close', ({ code, reason }) => this.#end(socket, code, reason));
    socket.addEventListener('error', () => this.#end(socket, STREAM_CLOSE_CODES.restart, 'the connection is lost'));
    socket.accept();
    this.#socket = socket;
    this.#begin = this.#position.position;
    if (this.#isClosed) this.#leave();
  }

  get #isClosed(): boolean {
    return this.#state === 'closed';
  }

  #receive(socket: WebSocket, data: string | ArrayBuffer): void {
    const frame = decodeFrame(data);
    const isAnswer = frame.header.type === 'appended' || frame.header.type === 'refused';
    if (isAnswer ? !this.#owed.has(socket) : socket !== this.#socket) return;
    const length = typeof data === 'string' ? data.length : data.byteLength;
    if (!this.#options.deliver(frame, length)) return this.#wait();
    if (isAnswer) return this.#answered(socket);
    if (frame.header.type !== 'data') return;
    const next = parseOffset(frame.header.next);
    if (next === null || typeof next === 'string') return;
    this.#position = next;
    this.#inFlight.push({ position: next.position, length });
  }

  #answered(socket: WebSocket): void {
    const owed = (this.#owed.get(socket) ?? 0) - 1;
    if (owed > 0) return void this.#owed.set(socket, owed);
    this.#owed.delete(socket);
    if (socket !== this.#socket) socket.close(STREAM_CLOSE_CODES.end);
  }

  #wait(): void {
    this.#state = 'waiting';
    this.#leave();
  }

  #end(socket: WebSocket, code: number, reason: string): void {
    // Answers that are lost are told by the end of the stream, whichever socket owed them.
    const isLeft = socket !== this.#socket;
    if (isLeft && !this.#owed.has(socket)) return;
    this.#owed.delete(socket);
    this.close();
    // A socket that was lost has no code that it could be closed with; one that was left has ended behind messages that are still to be passed on.
    const isToComeAgain = code === 1005 || code === 1006 || (isLeft && code === STREAM_CLOSE_CODES.end);
    this.#options.ended(isToComeAgain ? STREAM_CLOSE_CODES.restart : code, reason);
  }

  #leave(): void {
    const socket = this.#socket;
    this.#socket = null;
    if (socket !== null && !this.#owed.has(socket)) socket.close(STREAM_CLOSE_CODES.end);
  }
}
