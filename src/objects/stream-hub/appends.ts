/** Appends to a stream, from wherever they come: committed in groups, then told to everybody, then followed by what they leave to be done. */
import type { Ending, HubTimers } from './ending.ts';
import { GroupCommit } from './group-commit.ts';
import type { HubSockets } from './hub-sockets.ts';
import type { News } from './news.ts';
import type { Reporter } from './reporter.ts';
import type { AppendMessages, AppendResult } from './rpc.ts';
import type { Stream } from './stream.ts';
import type { StreamHome } from './stream-home.ts';
import type { Upkeep } from './upkeep.ts';

export interface AppendsOptions {
  home: StreamHome;
  ending: Ending;
  upkeep: Upkeep;
  reporter: Reporter;
  timers: HubTimers;
  /** hear of messages: readers on sockets, and long polls */
  sockets: Pick<HubSockets, 'appended'>;
  news: News;
  /** resolves when everything that was written is committed */
  committed: () => Promise<void>;
}

export class Appends {
  readonly #options: AppendsOptions;
  readonly #commit: GroupCommit;

  constructor(options: AppendsOptions) {
    this.#options = options;
    this.#commit = new GroupCommit(options.committed);
  }

  /** @param tell hears what became of it before anybody hears of the messages */
  async append(request: AppendMessages, tell: (result: AppendResult) => void = () => undefined): Promise<AppendResult> {
    const { ending, timers, reporter } = this.#options;
    const stream = await ending.alive();
    const diesAtMs = 'kind' in stream ? null : stream.record.diesAtMs;
    const result = await this.#commit.write(request.messages?.data.length ?? 0, () => this.#appendNow(request, tell));
    if ('kind' in stream || result.kind !== 'appended') return result;
    if (stream.record.diesAtMs !== diesAtMs) await timers.set('end', stream.record.diesAtMs);
    await this.keepUp(stream);
    await reporter.reportSoon(Date.now());
    return result;
  }

  /** Sets the timer for what the last append leaves to be done. */
  async keepUp(stream: Stream): Promise<void> {
    const dueAtMs = this.#options.upkeep.dueAfterAppend(stream, Date.now());
    if (dueAtMs !== null) await this.#options.timers.setNoLaterThan('upkeep', dueAtMs);
  }

  /** In one turn: the answer, and who is told, are held back until it is committed. */
  #appendNow(request: AppendMessages, tell: (result: AppendResult) => void): AppendResult {
    const { home, sockets, news } = this.#options;
    const stream = home.present;
    const from = 'kind' in stream ? 0 : stream.next.position;
    const result = 'kind' in stream ? stream : home.transact(() => stream.append(request, Date.now()));
    tell(result);
    if ('kind' in stream || result.kind !== 'appended') return result;
    sockets.appended(stream, from, request.messages);
    news.tell();
    return result;
  }
}
