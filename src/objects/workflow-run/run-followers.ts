/** Who follows a run: sockets, which sleep while nothing happens, and are sent each event when it is written. */
import type { Page, WorkflowEvent } from '../../runs/entities.ts';

/** What a socket is sent: an event without its payload, and where the next one stands. */
export interface FollowedEvent {
  cursor: string;
  event: WorkflowEvent;
}

/** How a socket is closed: the run has ended, or the follower has to show again that it may follow. */
export const FOLLOWER_CLOSE_CODES = { ended: 1000, again: 4000 } as const;

const FOLLOWERS_MAX = 100;
/** A credential that was revoked meanwhile learns no more than what is written in this time. */
const FOLLOWER_MS = 15 * 60_000;

/** What of a run is followed. */
export interface Followed {
  /** events behind a position, without payloads and tokens */
  after: (position: number) => Page<WorkflowEvent>;
  hasEnded: () => boolean;
}

interface Attachment {
  position: number;
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
  accept(position: number): Response {
    if (this.#ctx.getWebSockets().length >= FOLLOWERS_MAX) return new Response(null, { status: 429 });
    const { 0: client, 1: socket } = new WebSocketPair();
    this.#ctx.acceptWebSocket(socket);
    this.#send(socket, { position, openedAtMs: Date.now() });
    return new Response(null, { status: 101, webSocket: client });
  }

  /** Something was written. */
  notify(): void {
    for (const socket of this.#ctx.getWebSockets()) this.#send(socket, socket.deserializeAttachment() as Attachment); // written below
  }

  /** The run is deleted. */
  dismiss(): void {
    for (const socket of this.#ctx.getWebSockets()) socket.close(FOLLOWER_CLOSE_CODES.ended);
  }

  #send(socket: WebSocket, { position, openedAtMs }: Attachment): void {
    if (Date.now() - openedAtMs > FOLLOWER_MS) return socket.close(FOLLOWER_CLOSE_CODES.again);
    let next = position;
    for (let isMore = true; isMore;) {
      const { data, hasMore } = this.#followed.after(next);
      for (const event of data) socket.send(JSON.stringify({ cursor: String(++next), event } satisfies FollowedEvent));
      isMore = hasMore;
    }
    socket.serializeAttachment({ position: next, openedAtMs } satisfies Attachment);
    if (this.#followed.hasEnded()) socket.close(FOLLOWER_CLOSE_CODES.ended);
  }
}
