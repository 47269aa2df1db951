/** When a run's object is woken: for its work, and when everything of the run is deleted. In memory, as every event and every message asks. */
import { Timers, type TimerHandler } from '../alarms.ts';

type RunTimer = 'work' | 'expire';

export class RunAlarms {
  readonly #timers: Timers<RunTimer>;
  /** Infinity: not set; null: not looked at yet */
  readonly #dueAtMs: Record<RunTimer, number | null> = { work: null, expire: null };

  constructor(storage: DurableObjectStorage, handlers: Readonly<Record<RunTimer, TimerHandler>>) {
    this.#timers = new Timers(storage, handlers);
  }

  /** The alarm for work is set when it has to come earlier, and never moved on: each time costs a write that answers wait for. */
  wakeAt(atMs: number): void {
    if (atMs < this.#due('work')) this.#set('work', atMs);
  }

  expireAt(atMs: number): void {
    this.#set('expire', atMs);
  }

  /** Leaves a time that is set already. */
  expireInTheEnd(atMs: number): void {
    if (this.#due('expire') === Infinity) this.#set('expire', atMs);
  }

  /** Runs what is due: to be called from the object's `alarm()`. */
  async run(nowMs: number): Promise<void> {
    await this.#timers.run(nowMs).finally(() => this.forget());
  }

  /** The table has become another one. */
  forget(): void {
    this.#dueAtMs.work = null;
    this.#dueAtMs.expire = null;
  }

  #due(timer: RunTimer): number {
    const dueAtMs = this.#dueAtMs[timer] ?? this.#timers.dueAtMs(timer) ?? Infinity;
    this.#dueAtMs[timer] = dueAtMs;
    return dueAtMs;
  }

  #set(timer: RunTimer, atMs: number): void {
    this.#dueAtMs[timer] = atMs;
    void this.#timers.set(timer, atMs); // the output gate waits for it
  }
}
