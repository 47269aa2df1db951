/** What a benchmark declares: the Workers to compare, the loads each of them is put under, and what has to come out. */
import type { KeyChoice } from './keys.ts';
import type { Metric } from './measurement.ts';

/** A file of `benchmarks/` may export one of these as `benchmark`. */
export interface Benchmark {
  kind: 'workers';
  title: string;
  /** the entry whose CPU time per request is the unit of the others': microseconds differ between machines and runtimes */
  baseline: string;
  entries: readonly Entry[];
  loads: readonly Load[];
  goals: readonly Goal[];
}

/** One Worker under test. It is served by a workerd of its own. */
export interface Entry {
  name: string;
  /** a file of `workers/` without its ending; it is bundled with what it imports */
  worker: string;
  /** what is asked; `{key}` stands for the key of the request, and an answer without a string that ends with it fails the run */
  path: string;
  /** how many things one request does; figures are per thing. Default 1 */
  things?: number;
  /** a path that answers with a number: how much of something there was so far; `countedPerRequest` is by how much a load has raised it */
  counted?: string;
  /** Durable Object bindings: the name in `env`, and the class that the Worker exports */
  objects?: Readonly<Record<string, string>>;
  /** modules of WebAssembly that the Worker imports */
  wasm?: readonly string[];
}

/**
 * How an entry is asked. Each client has one connection and asks again as soon as it is answered.
 * A load without `requestsPerClient` lasts as long as the command line says, with every key already asked once.
 * One with it is a burst: all clients ask at the same moment, for keys that were never asked before.
 */
export interface Load {
  name: string;
  clients: number;
  keys: KeyChoice;
  requestsPerClient?: number;
}

/**
 * A bound that holds on any machine: a number, compared with the worst round; or a multiple of another entry's figure in the same round, or what is more than that,
 * compared with the median of the rounds.
 */
export interface Goal {
  entry: string;
  load: string;
  metric: Metric;
  atMost?: number;
  atLeast?: number;
  /** the bound is a multiple of this entry's figure */
  timesThatOf?: string;
  /** the bound is of what the figure is more than this entry's */
  moreThanThatOf?: string;
}
