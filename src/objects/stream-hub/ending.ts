/** How a stream ends: when it is deleted or its time is over, as soon as no fork needs its messages any more. What is interrupted, the object's alarm does again. */
import type { Timers } from '../alarms.ts';
import type { Reporter } from './reporter.ts';
import type { Missing, StreamHubRpc } from './rpc.ts';
import type { Stream } from './stream.ts';
import type { StreamHome } from './stream-home.ts';
import type { Upkeep } from './upkeep.ts';

/** The timers of a stream's object. */
export type HubTimers = Timers<'end' | 'readers' | 'report' | 'upkeep'>;

export interface EndingOptions {
  home: StreamHome;
  upkeep: Upkeep;
  reporter: Reporter;
  /** the stream's own name */
  name: () => string;
  /** another stream of the tenant */
  hub: (name: string) => StreamHubRpc;
  timers: HubTimers;
  /** whether somebody reads it on a socket */
  isFollowed: () => Promise<boolean>;
  /** tells readers that the stream is deleted */
  onDeleted: () => Promise<void>;
}

export class Ending {
  readonly #options: EndingOptions;
  #finishing: Promise<void> | null = null;

  constructor(options: EndingOptions) {
    this.#options = options;
  }

  /** The stream, unless its time is over: then it ends. */
  async alive(): Promise<Stream | Missing> {
    const { home } = this.#options;
    const stream = home.present;
    if (!('kind' in stream) && stream.isDead(Date.now()) && (await this.#isOver(stream, Date.now()))) await this.end(stream);
    return home.present;
  }

  /** Notes that the stream is read. */
  async touch(): Promise<void> {
    const stream = this.#options.home.present;
    if ('kind' in stream || !stream.touch(Date.now())) return;
    await this.#options.timers.set('end', stream.record.diesAtMs);
  }

  async end(stream: Stream): Promise<void> {
    await this.#delete(stream);
    await this.finish();
  }

  /** Deletes everything of a stream that has ended and has no forks. Its source and the directory hear of it first. */
  async finish(): Promise<void> {
    const { stream } = this.#options.home;
    if (!stream?.record.isDeleted || stream.forks.length > 0) return;
    // The alarm may ring meanwhile: it waits for the same end.
    this.#finishing ??= this.#finishNow(stream).finally(() => (this.#finishing = null));
    await this.#finishing;
  }

  async #finishNow(stream: Stream): Promise<void> {
    const { home, upkeep, reporter, name, hub, timers } = this.#options;
    const { fork, epoch } = stream.record;
    await timers.set('end', Date.now());
    await upkeep.removeAll(stream);
    if (fork) await hub(fork.source).release(name());
    await reporter.forget(name(), epoch);
    if (home.stream === stream) await home.empty();
  }

  /** The timer's part: what is left to do, deleting its table too, is done after all timers have run. @returns when it has to run again */
  async whenDue(nowMs: number): Promise<number | null> {
    const { stream } = this.#options.home;
    if (!stream) return null;
    if (await this.#isOver(stream, nowMs)) stream.markDeleted();
    if (!stream.record.isDeleted) return stream.record.diesAtMs;
    await this.#options.onDeleted(); // again: who deleted it may have been interrupted before
    await this.#releaseMissing(stream);
    return null;
  }

  /** Whether its time is over. Who follows it reads all the time, which is noted when it would be over without. */
  async #isOver(stream: Stream, nowMs: number): Promise<boolean> {
    const isFollowed = stream.isDead(nowMs) && stream.record.lifetime.ttlSec !== null && (await this.#options.isFollowed());
    if (stream.record.isDeleted) return false; // by another call, which has ended it
    if (isFollowed) stream.touch(nowMs);
    return stream.isDead(nowMs);
  }

  async #delete(stream: Stream): Promise<void> {
    stream.markDeleted();
    await this.#options.timers.set('end', Date.now());
    await this.#options.onDeleted();
  }

  /** A fork that was interrupted before it was created is held, and will never say that it is no more: it is asked, once. A source that is deleted gets no new ones. */
  async #releaseMissing(stream: Stream): Promise<void> {
    const { hub, name } = this.#options;
    for (const fork of stream.forks) if (!(await hub(fork).isForkOf(name()))) stream.removeFork(fork);
  }
}
