/**
 * Keeps loads from DynamoDB while it fails, for each range of a table's partitions by itself: a circuit breaker.
 *
 * Several failed requests in a row open the circuit of a range: its loads fail at once, so that callers do not wait and DynamoDB is left alone. When the
 * time is up, one strong read goes ahead (the probe) and the others wait for it. When it succeeds they follow in growing numbers, not as a herd.
 */
import type { StoreError } from '../../dynamo/item-store.ts';
import type { Load, Loader, LoadOutcome } from './batch-loader.ts';
import { noCost, type Cost } from './cost.ts';
import type { ItemKey } from './item-key.ts';
import type { Share } from './request-scheduler.ts';
import { hashOf } from '../../lib/text-hash.ts';

export interface LoadGateOptions {
  loader: Loader;
  nowMs: () => number;
  /** 0 (included) to 1 (not), so that the objects of many tenants do not probe together */
  random: () => number;
}

/** Ranges of a table: small enough that one hot partition does not close all of it, large enough that its failures are noticed. */
const RANGES = 16;
/** Requests that fail in a row before a circuit opens. */
const MAX_FAILURES = 3;
/** A request that ran out of a time shorter than this says nothing of DynamoDB. */
const MIN_TIMEOUT_MS = 1_000;
/** How long a circuit stays open at first; twice as long each time that the probe fails. */
const OPEN_MS = 1_000;
const MAX_OPEN_MS = 30_000;
const PROBE_MS = 2_000;
/** Loads at a time after a probe has succeeded; twice as many with each that lands, and no bound from the last on. */
const FIRST_LOADS = 4;
const LAST_LOADS = 128;

interface Circuit {
  readonly name: string;
  state: 'closed' | 'open' | 'probing' | 'recovering';
  failures: number;
  /** requests that fail in one turn are one: a batch lands at once */
  failedAtMs: number;
  openMs: number;
  openUntilMs: number;
  inFlight: number;
  /** how many may be in flight while it recovers */
  allowed: number;
  waiting: Load[];
}

export class LoadGate implements Loader {
  readonly #options: LoadGateOptions;
  /** of ranges that have failed lately */
  readonly #circuits = new Map<string, Circuit>();

  constructor(options: LoadGateOptions) {
    this.#options = options;
  }

  /** How many ranges DynamoDB is not asked for as ever. */
  get openCircuits(): number {
    return [...this.#circuits.values()].filter(({ state }) => state !== 'closed').length;
  }

  add(load: Load): void {
    const circuit = this.#circuits.size === 0 ? undefined : this.#circuits.get(rangeOf(load.key));
    if (circuit === undefined || circuit.state === 'closed') this.#pass(load, circuit);
    else if (circuit.state !== 'open') this.#waitOrPass(circuit, load);
    else if (this.#options.nowMs() < circuit.openUntilMs) this.#refuse(circuit, load);
    else this.#probe(circuit, load);
  }

  #pass(load: Load, circuit: Circuit | undefined): void {
    if (circuit !== undefined) circuit.inFlight++;
    this.#options.loader.add(new GatedLoad(load, this.#options.nowMs, (verdict) => this.#ended(load, circuit, verdict)));
  }

  #waitOrPass(circuit: Circuit, load: Load): void {
    if (circuit.state === 'recovering' && circuit.inFlight < circuit.allowed) this.#pass(load, circuit);
    else circuit.waiting.push(load);
  }

  /** Later, as all loads end. */
  #refuse({ openUntilMs }: Circuit, load: Load): void {
    const error: StoreError = {
      code: 'unavailable',
      message: 'DynamoDB has failed for this range of keys and is left alone for a while',
      retryAfterMs: Math.max(0, Math.ceil(openUntilMs - this.#options.nowMs())),
    };
    queueMicrotask(() => (load.isCancelled ? load.dropped() : load.landed({ ok: false, error }, noCost())));
  }

  #probe(circuit: Circuit, load: Load): void {
    const { loader, nowMs } = this.#options;
    circuit.state = 'probing';
    loader.add(new GatedLoad(load, nowMs, (verdict) => this.#probed(circuit, verdict), nowMs() + PROBE_MS));
  }

  #probed(circuit: Circuit, verdict: Verdict): void {
    if (verdict === 'failed') {
      this.#open(circuit, Math.min(circuit.openMs * 2, MAX_OPEN_MS));
      return;
    }
    circuit.state = verdict === 'answered' ? 'recovering' : 'open';
    circuit.allowed = FIRST_LOADS;
    this.#goOn(circuit);
  }

  #ended(load: Load, before: Circuit | undefined, verdict: Verdict): void {
    if (before !== undefined) before.inFlight--;
    if (verdict === 'failed') this.#failed(this.#circuitOf(load.key));
    if (before !== undefined && verdict === 'answered') this.#answered(before);
    if (before?.state === 'recovering') this.#goOn(before);
  }

  #failed(circuit: Circuit): void {
    const nowMs = this.#options.nowMs();
    if (circuit.state === 'recovering') this.#open(circuit, circuit.openMs);
    if (circuit.state !== 'closed' || circuit.failedAtMs === nowMs) return;
    circuit.failedAtMs = nowMs;
    circuit.failures++;
    if (circuit.failures >= MAX_FAILURES) this.#open(circuit, OPEN_MS);
  }

  #answered(circuit: Circuit): void {
    circuit.failures = 0;
    if (circuit.state === 'recovering') {
      circuit.allowed *= 2;
      if (circuit.allowed >= LAST_LOADS) circuit.state = 'closed';
    }
    if (circuit.state !== 'closed') return;
    this.#circuits.delete(circuit.name);
    this.#goOn(circuit);
  }

  #open(circuit: Circuit, openMs: number): void {
    circuit.state = 'open';
    circuit.failures = 0;
    circuit.openMs = openMs;
    circuit.openUntilMs = this.#options.nowMs() + openMs * (0.75 + this.#options.random() / 2);
    for (const load of circuit.waiting.splice(0)) this.#refuse(circuit, load);
  }

  /** Those that wait, as far as the state lets them; one that stays waits for the next landing. */
  #goOn(circuit: Circuit): void {
    for (const load of circuit.waiting.splice(0)) {
      if (load.isCancelled || load.isSent) load.dropped();
      else if (circuit.state === 'closed') this.#pass(load, circuit);
      else if (circuit.state === 'open') this.#probe(circuit, load);
      else this.#waitOrPass(circuit, load);
    }
  }

  #circuitOf(key: ItemKey): Circuit {
    const name = rangeOf(key);
    const known = this.#circuits.get(name);
    if (known !== undefined) return known;
    const never = { failures: 0, failedAtMs: -1, openMs: OPEN_MS, openUntilMs: 0 };
    const circuit: Circuit = { name, state: 'closed', ...never, inFlight: 0, allowed: 0, waiting: [] };
    this.#circuits.set(name, circuit);
    return circuit;
  }
}

/** `neither`: it never left, or ran out of a time that was too short to say anything. */
type Verdict = 'answered' | 'failed' | 'neither';

function rangeOf({ table, partition }: ItemKey): string {
  return `${table}/${hashOf(partition) % RANGES}`;
}

/** A load that tells how it ended. With a deadline of its own it is a probe: strong. */
class GatedLoad implements Load {
  readonly #load: Load;
  readonly #nowMs: () => number;
  readonly #ended: (verdict: Verdict) => void;
  readonly #probeUntilMs: number | null;
  #sentAtMs: number | null = null;

  constructor(load: Load, nowMs: () => number, ended: (verdict: Verdict) => void, probeUntilMs: number | null = null) {
    this.#load = load;
    this.#nowMs = nowMs;
    this.#ended = ended;
    this.#probeUntilMs = probeUntilMs;
  }

  get key(): ItemKey {
    return this.#load.key;
  }

  get strong(): boolean {
    return this.#probeUntilMs !== null || this.#load.strong;
  }

  get deadlineAtMs(): number {
    return Math.min(this.#load.deadlineAtMs, this.#probeUntilMs ?? Infinity);
  }

  get isCancelled(): boolean {
    return this.#load.isCancelled;
  }

  get isSent(): boolean {
    return this.#load.isSent;
  }

  get share(): Share {
    return this.#load.share;
  }

  get shares(): readonly Share[] {
    return this.#load.shares;
  }

  sent(): void {
    this.#sentAtMs = this.#nowMs();
    this.#load.sent();
  }

  dropped(): void {
    this.#load.dropped();
    this.#ended('neither');
  }

  landed(outcome: LoadOutcome, cost: Cost): void {
    this.#load.landed(outcome, cost);
    this.#ended(this.#verdictOn(outcome));
  }

  #verdictOn(outcome: LoadOutcome): Verdict {
    if (this.#sentAtMs === null) return 'neither';
    if (outcome.ok) return 'answered';
    const { code } = outcome.error;
    if (code === 'unavailable' || code === 'throttled') return 'failed';
    const wasLong = this.#nowMs() - this.#sentAtMs >= MIN_TIMEOUT_MS;
    return code === 'deadline_exceeded' && wasLong ? 'failed' : 'neither';
  }
}
