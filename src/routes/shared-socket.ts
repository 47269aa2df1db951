/**
 * A WebSocket that follows several streams. It is held by the isolate that answered the upgrade, over a hibernating socket to each stream's object:
 * so order and credit are each stream's own, and a stream that is silent keeps no object awake.
 */
import { logError } from '../lib/log.ts';
import { isServiceError } from '../lib/errors.ts';
import { FrameRate } from '../objects/stream-hub/frame-rate.ts';
import { SHARED_SOCKET_MAX_STREAMS, STREAM_SOCKET_SEC } from '../wire/limits.ts';
import { APPEND_FRAMES_PER_SEC, encodeFrame, HEARTBEAT, STREAM_CLOSE_CODES } from '../wire/stream-frames.ts';
import type { RefusedHeader, ServiceFrame, ServiceHeader } from '../wire/stream-frames.ts';
import { formatOffset } from '../wire/stream-offset.ts';
import type { StreamFrom } from '../wire/stream-offset.ts';
import { readSharedFrame } from './shared-frame.ts';
import type { SharedFrame, SharedTarget } from './shared-frame.ts';
import { Subscription } from './stream-subscription.ts';
import type { SubscriptionOptions } from './stream-subscription.ts';

/** How much may be on its way to the client, of all streams together: what comes beyond waits in its stream's log. */
const WINDOW_LENGTH = 1024 * 1024;
/** A client that has a window full to acknowledge, and does not for as long, is sent away. */
const ACK_TIMEOUT_MS = 30_000;
/** As many acknowledgements may come beyond one for each frame: that of a stream's last one says nothing, as it has ended before. */
const ACKS_AHEAD_MAX = 100;

export interface SharedSocketOptions {
  /** how a stream is followed; `presence` as in the URL of a socket of one stream */
  stream: (name: string, presence: string | null) => Pick<SubscriptionOptions, 'locate' | 'connect'>;
  /** tells of the streams of a prefix: those that there are, and each that comes. @returns what ends it */
  watch: (prefix: string, tell: WatchEvents) => Promise<() => void>;
  /** @throws ServiceError for what the client may not follow, or not say of itself */
  check: (target: SharedTarget, presence: string | null) => void;
}

export interface WatchEvents {
  there: (names: readonly string[]) => void;
  came: (name: string) => void;
  ended: (code: number) => void;
}

export class SharedSocket {
  readonly #socket: WebSocket;
  readonly #options: SharedSocketOptions;
  readonly #subscriptions = new Map<string, Subscription>();
  readonly #watches = new Map<string, { end: () => void }>();
  readonly #rate = new FrameRate(APPEND_FRAMES_PER_SEC);
  readonly #life: ReturnType<typeof setTimeout>;
  #lag: ReturnType<typeof setTimeout> | null = null;
  #unacknowledged = 0;
  /** acknowledgements received less frames that they may be of */
  #acksAhead = 0;
  /** streams of a watched prefix that have come again before their end was heard of, and the presence asked for */
  readonly #comeAgain = new Map<string, string | null>();

  constructor(socket: WebSocket, options: SharedSocketOptions) {
    this.#socket = socket;
    this.#options = options;
    socket.binaryType = 'arraybuffer';
    socket.addEventListener('message', ({ data }) => this.#receive(data as string | ArrayBuffer)); // by the line above
    socket.addEventListener('close', () => this.#end());
    socket.addEventListener('error', () => this.#end());
    this.#life = setTimeout(() => this.#close(STREAM_CLOSE_CODES.restart, 'come again'), STREAM_SOCKET_SEC * 1000);
    socket.accept();
  }

  #receive(data: string | ArrayBuffer): void {
    if (data === HEARTBEAT.ask) return this.#socket.send(HEARTBEAT.answer);
    if (this.#rate.isExceeded(Date.now()))
      return this.#close(STREAM_CLOSE_CODES.flood, `expected at most ${APPEND_FRAMES_PER_SEC} frames a second`);
    this.#take(readSharedFrame(data));
  }

  #take(frame: SharedFrame): void {
    switch (frame.kind) {
      case 'subscribe':
        return this.#subscribe(frame);
      case 'unsubscribe':
        return this.#unsubscribe(frame.target);
      case 'ack':
        return this.#acknowledge(frame.stream, frame.position);
      case 'append': {
        const isPassed = this.#subscriptions.get(frame.stream)?.append(frame.frame) === true;
        if (!isPassed) this.#refuse({ stream: frame.stream, ...idOf(frame.id), code: 'invalid_input', detail: NOT_FOLLOWED });
        return;
      }
      case 'refused':
        return this.#close(frame.code, frame.reason);
    }
  }

  #subscribe({ target, from, offsets, presence }: Extract<SharedFrame, { kind: 'subscribe' }>): void {
    try {
      this.#options.check(target, presence);
    } catch (error) {
      return this.#fail(target, error);
    }
    if (target.of === 'stream') return this.#follow(target.name, from, presence);
    const { name: prefix } = target;
    if (this.#watches.has(prefix)) return this.#refuse({ prefix, code: 'conflict', detail: 'This prefix is followed already.' });
    const watch = { end: () => undefined as void };
    this.#watches.set(prefix, watch);
    const events: WatchEvents = {
      there: (names) => names.forEach((name) => this.#follow(name, offsets.get(name) ?? from, presence, true)),
      came: (name) => this.#come(name, presence),
      ended: (code) => this.#leave(code),
    };
    this.#options.watch(prefix, events).then(
      (end) => (this.#watches.get(prefix) === watch ? (watch.end = end) : end()),
      (error: unknown) => {
        this.#watches.delete(prefix);
        this.#fail(target, error);
      },
    );
  }

  /** @param isKnown whether to say nothing of a stream that is followed already */
  #follow(name: string, from: StreamFrom, presence: string | null, isKnown = false): void {
    if (this.#subscriptions.has(name)) {
      if (!isKnown) this.#refuse({ stream: name, code: 'conflict', detail: 'This stream is followed already.' });
      return;
    }
    if (this.#subscriptions.size >= SHARED_SOCKET_MAX_STREAMS)
      return this.#refuse({ stream: name, code: 'invalid_input', detail: TOO_MANY });
    const subscription: Subscription = new Subscription({
      ...this.#options.stream(name, presence),
      deliver: (frame, length) => this.#deliver(name, frame, length),
      ended: (code, reason) => this.#ended(name, subscription, code, reason),
    });
    this.#subscriptions.set(name, subscription);
    const opened = () => this.#send({ type: 'subscribed', stream: name, next: formatOffset(subscription.position) });
    subscription.open(from, opened).catch((error: unknown) => {
      this.#drop(name, subscription);
      this.#fail({ of: 'stream', name }, error);
    });
  }

  #come(name: string, presence: string | null): void {
    if (this.#subscriptions.has(name)) this.#comeAgain.set(name, presence);
    else this.#follow(name, 'start', presence, true);
  }

  #unsubscribe({ of, name }: SharedTarget): void {
    if (of === 'stream') return this.#drop(name, this.#subscriptions.get(name));
    this.#watches.get(name)?.end();
    this.#watches.delete(name);
    for (const [stream, subscription] of this.#subscriptions) if (stream.startsWith(name)) this.#drop(stream, subscription);
  }

  #acknowledge(name: string, position: number): void {
    this.#acksAhead++;
    if (this.#acksAhead > ACKS_AHEAD_MAX) return this.#close(STREAM_CLOSE_CODES.flood, 'too many acknowledgements of nothing new');
    const freed = this.#subscriptions.get(name)?.acknowledge(position) ?? 0;
    if (freed > 0) this.#free(freed);
  }

  #deliver(name: string, { header, data }: ServiceFrame, length: number): boolean {
    if (header.type === 'data' && this.#unacknowledged >= WINDOW_LENGTH) {
      this.#lag ??= setTimeout(() => this.#close(STREAM_CLOSE_CODES.lagging, 'no acknowledgement for too long'), ACK_TIMEOUT_MS);
      return false;
    }
    if (header.type === 'data') {
      this.#unacknowledged += length;
      this.#acksAhead--;
    }
    this.#send({ ...header, stream: name }, data);
    return true;
  }

  /** Something was acknowledged: streams that wait go on, if there is room. */
  #free(length: number): void {
    this.#unacknowledged -= length;
    if (this.#unacknowledged >= WINDOW_LENGTH / 2) return;
    if (this.#lag !== null) clearTimeout(this.#lag);
    this.#lag = null;
    for (const [name, subscription] of this.#subscriptions) {
      if (subscription.isWaiting) subscription.resume().catch((error: unknown) => this.#lost(name, subscription, error));
    }
  }

  #ended(name: string, subscription: Subscription, code: number, reason: string): void {
    if (code === STREAM_CLOSE_CODES.revoked) return this.#leave(code);
    this.#drop(name, subscription);
    this.#send({ type: 'ended', stream: name, code, reason });
    const presence = this.#comeAgain.get(name);
    if (this.#comeAgain.delete(name)) this.#follow(name, 'start', presence ?? null, true);
  }

  /** A stream that waited cannot be gone on with. */
  #lost(name: string, subscription: Subscription, error: unknown): void {
    const isGone = isServiceError(error) && (error.code === 'not_found' || error.code === 'gone');
    if (isGone) this.#ended(name, subscription, STREAM_CLOSE_CODES.deleted, 'the stream is deleted');
    else this.#ended(name, subscription, STREAM_CLOSE_CODES.restart, 'come again');
  }

  #drop(name: string, subscription: Subscription | undefined): void {
    if (!subscription || this.#subscriptions.get(name) !== subscription) return;
    this.#subscriptions.delete(name);
    subscription.close();
    this.#free(subscription.unacknowledged);
  }

  #fail({ of, name }: SharedTarget, error: unknown): void {
    if (!isServiceError(error)) logError('a subscription has failed', error, { of, name });
    const { code, message } = isServiceError(error) ? error : { code: 'unavailable' as const, message: 'Come again.' };
    this.#refuse({ [of]: name, code, detail: message });
  }

  #refuse(refusal: Omit<RefusedHeader, 'type'>): void {
    this.#send({ type: 'refused', ...refusal });
  }

  #send(header: ServiceHeader, data: string | Uint8Array = ''): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(encodeFrame({ header, data }));
  }

  /** What it was opened with is no more, or the directory is away: then it cannot be gone on with. */
  #leave(code: number): void {
    if (code === STREAM_CLOSE_CODES.revoked) this.#close(code, 'the key or session that it was opened with is no more');
    else this.#close(STREAM_CLOSE_CODES.restart, 'come again');
  }

  #close(code: number, reason: string): void {
    this.#socket.close(code, reason);
    this.#end();
  }

  #end(): void {
    clearTimeout(this.#life);
    if (this.#lag !== null) clearTimeout(this.#lag);
    for (const { end } of this.#watches.values()) end();
    for (const subscription of this.#subscriptions.values()) subscription.close();
    this.#watches.clear();
    this.#subscriptions.clear();
  }
}

const NOT_FOLLOWED = 'Appends go to streams that the socket follows, and not to one that waits for acknowledgements.';
const TOO_MANY = `Expected at most ${SHARED_SOCKET_MAX_STREAMS} streams on one socket.`;

function idOf(id: unknown): { id?: number } {
  return typeof id === 'number' ? { id } : {};
}
