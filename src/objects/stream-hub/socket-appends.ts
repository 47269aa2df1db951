/** Appends that come over sockets: each is answered before its messages are announced to anybody. */
import { isServiceError, ServiceError } from '../../lib/errors.ts';
import { APPEND_FRAMES_PER_SEC, encodeFrame, STREAM_CLOSE_CODES } from '../../wire/stream-frames.ts';
import type { AppendedHeader, AppendHeader, RefusedHeader } from '../../wire/stream-frames.ts';
import { formatOffset } from '../../wire/stream-offset.ts';
import { refusalOf } from './append-refusal.ts';
import { isJsonType } from './append-rules.ts';
import { FrameRate } from './frame-rate.ts';
import type { PositionRange } from './own-messages.ts';
import type { AppendFrame } from './reader-frame.ts';
import { receivedMessages } from './received-messages.ts';
import type { AppendMessages, AppendResult } from './rpc.ts';

export interface SocketAppendsOptions {
  /** appends; `tell` hears what became of it before anybody hears of the messages */
  append: (request: AppendMessages, tell: (result: AppendResult) => void) => Promise<AppendResult>;
  /** messages of these positions came over this socket */
  appendedBy: (socket: WebSocket, range: PositionRange) => void;
}

export class SocketAppends {
  readonly #options: SocketAppendsOptions;
  readonly #rates = new WeakMap<WebSocket, FrameRate>();

  constructor(options: SocketAppendsOptions) {
    this.#options = options;
  }

  /** Appends the messages of a frame to the object's stream, which is of this type, and answers it. */
  async take(socket: WebSocket, frame: AppendFrame, contentType: string): Promise<void> {
    if (this.#isFlood(socket, Date.now())) {
      socket.close(STREAM_CLOSE_CODES.flood, `expected at most ${APPEND_FRAMES_PER_SEC} appends a second, of any number of messages`);
      return;
    }
    try {
      const request = requestOf(frame, contentType);
      await this.#options.append(request, (result) => {
        const count = request.messages?.lengths.length ?? 0;
        if (result.kind === 'appended') this.#options.appendedBy(socket, [result.next.position - count, result.next.position]);
        answer(socket, answerOf(frame.header, result));
      });
    } catch (error) {
      if (!isServiceError(error)) throw error;
      answer(socket, { type: 'refused', ...idOf(frame.header), code: error.code, detail: error.message });
    }
  }

  #isFlood(socket: WebSocket, nowMs: number): boolean {
    const rate = this.#rates.get(socket) ?? new FrameRate(APPEND_FRAMES_PER_SEC);
    this.#rates.set(socket, rate);
    return rate.isExceeded(nowMs);
  }
}

/** @throws ServiceError `invalid_json`, `body_too_large`, `invalid_input` */
function requestOf({ header, body }: AppendFrame, contentType: string): AppendMessages {
  const closes = header.close === true;
  const isJson = isJsonType(contentType);
  const base = { contentType, closes, producer: header.producer ?? null, streamSeq: null };
  if (body.length === 0) {
    if (closes) return { ...base, messages: null };
    throw new ServiceError('invalid_input', 'Expected messages behind the line of the header, or close; got neither.');
  }
  if (isJson && typeof body !== 'string') throw new ServiceError('invalid_input', 'Expected JSON as text, got a binary frame.');
  const messages = receivedMessages(body, isJson);
  if (messages.lengths.length === 0) throw new ServiceError('invalid_input', 'Expected at least one message, got an empty array.');
  return { ...base, messages };
}

function answerOf(header: AppendHeader, result: AppendResult): AppendedHeader | RefusedHeader {
  if (result.kind !== 'appended' && result.kind !== 'duplicate') return { type: 'refused', ...idOf(header), ...refusalOf(result) };
  return {
    type: 'appended',
    ...idOf(header),
    next: formatOffset(result.next),
    ...(result.kind === 'duplicate' ? { duplicate: true } : {}),
    ...(result.isClosed ? { closed: true } : {}),
  };
}

function idOf({ id }: AppendHeader): { id?: number } {
  return id === undefined ? {} : { id };
}

function answer(socket: WebSocket, header: AppendedHeader | RefusedHeader): void {
  if (socket.readyState === WebSocket.OPEN) socket.send(encodeFrame({ header, data: '' }));
}
