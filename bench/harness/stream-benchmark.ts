/** What a benchmark of streams declares: what is done, and what has to come out. Sizes are those of a whole run; a quick one does a tenth. */

/** A file of `benchmarks/` may export one of these as `benchmark`. */
export interface StreamBenchmark {
  kind: 'streams';
  title: string;
  scenarios: readonly StreamScenario[];
  goals: readonly StreamGoal[];
}

/** Who is measured: this project's streams, a loop over the sockets of an object, the same that stores each message first, partyserver. */
export type Way = 'hub' | 'plain' | 'stored' | 'party';

export type StreamScenario =
  /** subscribers are sent messages, of which so many are published in a call (by the hub; others take one), with so many calls at a time */
  | {
      kind: 'fan-out';
      name: string;
      ways: readonly Way[];
      subscribers: number;
      messages: number;
      batch: number;
      inFlight: number;
      /** readers are sent to relays; `inside` of them are in workerd itself, where they take no open files */
      relayed?: { inside: number };
    }
  /** subscribers are sent one message after the other, so many in a second: how long each is on its way. The ways have their turns at the same time */
  | { kind: 'paced'; name: string; ways: readonly Way[]; subscribers: number; messages: number; perSecond: number; isInMemory: boolean }
  /** messages are appended, so many in a call, and then read from the beginning */
  | { kind: 'log'; name: string; messages: number; batch: number }
  /** messages are published past a subscriber that reads nothing; the same without it comes first */
  | { kind: 'stalled'; name: string; messages: number }
  /** subscribers have nothing to read for some seconds, and then have; three times, of which the median counts */
  | { kind: 'idle'; name: string; ways: readonly Way[]; subscribers: number; idleMs: number };

/** One figure of one way in one scenario. */
export interface StreamFigure {
  scenario: string;
  /** a `Way`, or what another benchmark calls those it compares */
  way: string;
  metric: string;
  value: number;
}

/** A bound on a figure: a number, or a multiple of the same figure of another way, or so much more than that. */
export interface StreamGoal {
  scenario: string;
  way: string;
  metric: string;
  atMost?: number;
  atLeast?: number;
  timesThatOf?: string;
  moreThanThatOf?: string;
}
