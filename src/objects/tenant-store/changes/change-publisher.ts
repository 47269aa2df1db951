/**
 * Tells the streams `changes/{model}` of the tenant's writes, each once, and nobody waits for it. The journal is what it goes by: a row of it stays until
 * the changes in it are stored, and an instance that finds rows tells what is not. Their streams know by the writes' numbers what they have.
 */
import { logError } from '../../../lib/log.ts';
import { changesStream } from '../../../wire/item-changes.ts';
import type { ItemKey, KeySpace } from '../item-key.ts';
import type { KeyChange, KeyOutcome } from '../journal-rows.ts';
import type { SettingsStorage } from '../settings.ts';
import type { AnnouncedWrite, LeftWrite } from '../write-journal.ts';
import type { Effects, TouchedRow } from '../written-rows.ts';
import { ChangeOutbox } from './change-outbox.ts';
import type { ChangeOutboxOptions } from './change-outbox.ts';
import { ChangeQueue } from './change-queue.ts';
import type { ChangedRow } from './change-queue.ts';

export interface ChangePublisherOptions extends Pick<ChangeOutboxOptions, 'producer' | 'teller'> {
  keySpace: KeySpace;
  /** the object of a stream */
  hub: (name: string) => ChangeOutboxOptions['hub'];
  /** what earlier instances have left, in the order of their numbers */
  left: readonly LeftWrite[];
  /** how long after its deadline a write may still be applied */
  holdDownMs: number;
  settings: SettingsStorage;
  nowMs: () => number;
  /** `publish` is to be called then, or before */
  schedule: (atMs: number) => void;
}

/** A write that has ended. */
export interface EndedChange {
  rows: readonly TouchedRow[];
  outcomes: readonly KeyOutcome[];
  effects: Effects;
  /** no request of it leaves later */
  leavesByMs: number;
}

/** As many changes wait at most; more are told as one change of everything. */
const MAX_WAITING = 20_000;
const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 60_000;

export class ChangePublisher {
  readonly #options: ChangePublisherOptions;
  readonly #queue = new ChangeQueue();
  /** by the names of models */
  readonly #outboxes: ReadonlyMap<string, ChangeOutbox>;
  #failures = 0;
  /** after a failure nothing is sent before */
  #pausedUntilMs = 0;
  /** whether it has still to be asked what is told of what earlier instances have left */
  #hasToLearn: boolean;
  #learning = false;
  #isClosed = false;
  /** everything up to this number is told as one change of everything, when none of it may still be applied */
  #lost: { sequence: number; readyAtMs: number } | null = null;

  constructor(options: ChangePublisherOptions) {
    this.#options = options;
    const { keySpace, teller, producer, hub, settings } = options;
    const told = Object.values(keySpace.profile.models).filter(({ changes }) => changes);
    this.#outboxes = new Map(
      told.map(({ name }) => [name, new ChangeOutbox({ hub: hub(changesStream(teller.paths[name] ?? name)), producer, teller })]),
    );
    const lost = settings.load('changes-lost');
    if (lost !== undefined) this.#lost = { sequence: Number(lost), readyAtMs: options.nowMs() + options.holdDownMs };
    for (const left of options.left) if (left.sequence > (this.#lost?.sequence ?? 0)) this.#recall(left);
    this.#hasToLearn = this.#queue.size > 0;
  }

  /** The lowest number of a write whose changes may not be stored: what the journal has of it has to stay. */
  get firstSequence(): number {
    return Math.min(this.#queue.firstSequence, ...Array.from(this.#outboxes.values(), ({ firstSequence }) => firstSequence));
  }

  /** A write is announced. */
  began(write: AnnouncedWrite, rows: readonly TouchedRow[]): void {
    if (rows.some(({ key, change }) => this.#isTold(key, change))) this.#queue.begin(write);
  }

  /** It has ended, and its caller is being told. */
  ended(write: AnnouncedWrite, { rows, outcomes, effects, leavesByMs }: EndedChange): void {
    const { nowMs, holdDownMs } = this.#options;
    const changed = rows.flatMap(({ key, change }, index): ChangedRow[] => {
      if (outcomes[index] === 'refused' || !this.#isTold(key, change)) return [];
      return [{ keyId: key.id, text: outcomes[index] === 'applied' ? textOf(effects, key.id) : undefined }];
    });
    const isToBeTold = this.#queue.end(write, changed, outcomes.includes('unknown') ? leavesByMs + holdDownMs : nowMs());
    if (!isToBeTold) return;
    const dueAtMs = this.publish();
    if (dueAtMs !== null) this.#options.schedule(dueAtMs);
  }

  /** Another object writes the rows from now on: what they are now is not told any more, but that they have changed. */
  close(): void {
    this.#isClosed = true;
    for (const outbox of this.#outboxes.values()) outbox.dropTexts();
  }

  /** Whether something is on its way. */
  get isSending(): boolean {
    return [...this.#outboxes.values()].some((outbox) => outbox.isSending);
  }

  /** There is no room for more: what has ended is told as one change of everything. */
  giveUp(): void {
    const ended = this.#queue.takeEnded();
    const sequences = Array.from(this.#outboxes.values(), ({ lastSequence }) => lastSequence);
    const sequence = Math.max(ended?.sequence ?? 0, this.#lost?.sequence ?? 0, ...sequences);
    if (sequence === 0) return;
    this.#options.settings.save('changes-lost', String(sequence));
    this.#lost = { sequence, readyAtMs: Math.max(ended?.readyAtMs ?? 0, this.#lost?.readyAtMs ?? 0) };
    for (const outbox of this.#outboxes.values()) outbox.clear();
  }

  /** Sends what may be told. @returns when there will be more that waits for a time */
  publish(): number | null {
    const { keySpace, nowMs } = this.#options;
    if (this.#waiting > MAX_WAITING) this.giveUp();
    if (this.#pausedUntilMs > nowMs()) return this.#pausedUntilMs;
    if (this.#hasToLearn) {
      void this.#learn(); // reports by itself
      return null;
    }
    if (this.#lost && this.#lost.readyAtMs > nowMs()) return this.#lost.readyAtMs;
    if (this.#lost) this.#tellLoss(this.#lost.sequence);
    for (const { sequence, rows } of this.#queue.take(nowMs())) {
      for (const { keyId, text } of rows) {
        const key = keySpace.keyOfId(keyId);
        this.#outboxes.get(key.model?.name ?? '')?.add({ sequence, key: key.attributes, text: this.#isClosed ? undefined : text });
      }
    }
    for (const outbox of this.#outboxes.values()) if (outbox.size > 0) void this.#send(outbox); // reports by itself
    return this.#queue.dueAtMs;
  }

  /** Asks the streams what they have, and publishes what they have not. */
  async #learn(): Promise<void> {
    if (this.#learning) return;
    this.#learning = true;
    try {
      const told = new Map(await Promise.all(Array.from(this.#outboxes, async ([name, outbox]) => [name, await outbox.learn()] as const)));
      const modelOf = (keyId: string) => this.#options.keySpace.keyOfId(keyId).model?.name ?? '';
      this.#queue.forgetTold(({ keyId }, sequence) => (told.get(modelOf(keyId)) ?? 0) >= sequence);
      this.#hasToLearn = false;
      const dueAtMs = this.publish();
      if (dueAtMs !== null) this.#options.schedule(dueAtMs);
    } catch (error) {
      this.#failed(error);
    } finally {
      this.#learning = false;
    }
  }

  async #send(outbox: ChangeOutbox): Promise<void> {
    try {
      await outbox.send();
      this.#failures = 0;
      if (this.#lost === null && [...this.#outboxes.values()].every(({ size }) => size === 0)) this.#forgetLoss();
    } catch (error) {
      this.#failed(error);
    }
  }

  #failed(error: unknown): void {
    logError('changes cannot be published', error);
    const { nowMs, schedule } = this.#options;
    this.#pausedUntilMs = nowMs() + Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.#failures++);
    schedule(this.#pausedUntilMs);
  }

  #isTold({ model }: Pick<ItemKey, 'model'>, change: KeyChange | undefined): boolean {
    return change !== 'check' && this.#outboxes.has(model?.name ?? '');
  }

  /** Of a write of another instance nobody knows what it left. */
  #recall({ sequence, intent, outcomes }: LeftWrite): void {
    if (intent.isInherited === true) return;
    const rows = intent.keys.flatMap((keyId, index): ChangedRow[] => {
      const isTold = outcomes?.[index] !== 'refused' && this.#isTold(this.#options.keySpace.keyOfId(keyId), intent.changes[index]);
      return isTold ? [{ keyId, text: undefined }] : [];
    });
    const isOver = outcomes !== null && !outcomes.includes('unknown');
    if (rows.length > 0) this.#queue.recall(sequence, rows, isOver ? 0 : intent.leavesByMs + this.#options.holdDownMs);
  }

  get #waiting(): number {
    return this.#queue.size + Array.from(this.#outboxes.values(), ({ size }) => size).reduce((sum, size) => sum + size, 0);
  }

  #tellLoss(sequence: number): void {
    this.#lost = null;
    for (const outbox of this.#outboxes.values()) outbox.add({ sequence, key: null, text: undefined });
  }

  #forgetLoss(): void {
    const { settings } = this.#options;
    if (settings.load('changes-lost') !== undefined) settings.save('changes-lost', null);
  }
}

/** JSON of what a write has left of a row, when it is known. */
function textOf(effects: Effects, keyId: string): ChangedRow['text'] {
  const effect = effects.get(keyId);
  if (effect === undefined || effect.kind === 'unknown') return undefined;
  return effect.kind === 'value' ? effect.text : effect.item && JSON.stringify(effect.item);
}
