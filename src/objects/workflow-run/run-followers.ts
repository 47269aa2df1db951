/** Who follows a run: sockets, which sleep while nothing happens, and are sent each event when it is written. */
import type { Page, WorkflowEvent } from '../../runs/entities.ts';
import { STREAM_CLOSE_CODES } from '../../wire/stream-frames.ts';

/** What the service's isolates ask a run's object for by an upgrade (`upgradeUrl`). */
export interface FollowRequest {
  /** what is sent first is the event behind it */
  position: number;
  /** what the socket was opened with, and ends with */
  credential: string;
}

/** What a socket is sent: an event without its payload, and where the next one stands. */
export interface FollowedEvent {
  cursor: string;
  event: WorkflowEvent;
}

/** How a socket is closed: the run has ended, the follower has to show again that it may follow, or what it was opened with is no more. */
export const FOLLOWER_CLOSE_CODES = { ended: 1000, again: 4000, revoked: STREAM_CLOSE_CODES.revoked } as const;

const FOLLOWERS_MAX = 100;
/** What is written later than this is not sent to a socket any more. */
export const FOLLOWER_MS = 15 * 60_000;

/** What of a run is followed. */
export interface Followed {
  /** events behind a position, without payloads and tokens */
  after: (position: number) => Page<WorkflowEvent>;
  hasEnded: () => boolean;
}

interface RunNews {
  framesBehind: (position: number) => readonly string[];
  hasEnded: boolean;
}

interface Attachment extends FollowRequest {
  openedAtMs: number;
}

export class RunFollowers {
  readonly #ctx: DurableObjectState;
  readonly #followed: Followed;

  constructor(ctx: DurableObjectState, followed: Followed) {
    this.#ctx = ctx;
    this.#followed = followed;
  }

  /** The answer to who wants to follow from a position on: a socket, or 429 where there are too many. */
  accept(request: FollowRequest): Response {
    if (this.#sockets.length >= FOLLOWERS_MAX) return new Response(null, { status: 429 });
    const { 0: client, 1: socket } = new WebSocketPair();
    this.#ctx.acceptWebSocket(socket);
    this.#send(socket, { ...request, openedAtMs: Date.now() }, this.#news());
    return new Response(null, { status: 101, webSocket: client });
  }

  /** Something was written. */
  notify(): void {
    const sockets = this.#sockets;
    if (sockets.length === 0) return;
    const news = this.#news();
    for (const socket of sockets) this.#send(socket, attachmentOf(socket), news);
  }

  /** A credential is no more. */
  dismissOf(credential: string): void {
    for (const socket of this.#sockets)
      if (attachmentOf(socket).credential === credential)
        socket.close(FOLLOWER_CLOSE_CODES.revoked, 'the key or session that it was opened with is no more');
  }

  /** The run is deleted. */
  dismiss(): void {
    for (const socket of this.#sockets) socket.close(FOLLOWER_CLOSE_CODES.ended);
  }

  /** Those that can be sent something: one that was closed is among the object's until its client answers. */
  get #sockets(): WebSocket[] {
    return this.#ctx.getWebSockets().filter(({ readyState }) => readyState === WebSocket.OPEN);
  }

  #send(socket: WebSocket, attachment: Attachment, { framesBehind, hasEnded }: RunNews): void {
    if (Date.now() - attachment.openedAtMs > FOLLOWER_MS) return socket.close(FOLLOWER_CLOSE_CODES.again);
    const frames = framesBehind(attachment.position);
    for (const frame of frames) socket.send(frame);
    socket.serializeAttachment({ ...attachment, position: attachment.position + frames.length } satisfies Attachment);
    if (hasEnded) socket.close(FOLLOWER_CLOSE_CODES.ended);
  }

  /** What there is to send at the moment, read once for all sockets that are equally far. */
  #news(): RunNews {
    const known = new Map<number, string[]>();
    const framesBehind = (position: number) => {
      const frames = known.get(position) ?? this.#read(position);
      known.set(position, frames);
      return frames;
    };
    return { framesBehind, hasEnded: this.#followed.hasEnded() };
  }

  #read(position: number): string[] {
    const frames: string[] = [];
    for (let isMore = true; isMore;) {
      const { data, hasMore } = this.#followed.after(position + frames.length);
      for (const event of data)
        frames.push(JSON.stringify({ cursor: String(position + frames.length + 1), event } satisfies FollowedEvent));
      isMore = hasMore;
    }
    return frames;
  }
}

function attachmentOf(socket: WebSocket): Attachment {
  return socket.deserializeAttachment() as Attachment; // written by `#send`
}
