/** What a comparison of sizes declares. Sizes are the same on every machine, so they are measured once. */
import type { WriteProject } from '../schemas/projects.ts';

/** A file of `benchmarks/` may export one of these as `benchmark`. */
export interface BundleBenchmark {
  kind: 'bundles';
  title: string;
  entries: readonly BundleEntry[];
  goals: readonly BundleGoal[];
}

export interface BundleEntry {
  name: string;
  write: WriteProject;
}

export interface BundleMeasurement {
  /** minified, of all twenty models */
  minifiedBytes: number;
  gzipBytes: number;
  /** the library and one model */
  gzipBytesOfOne: number;
  /** how much each of the others adds */
  gzipBytesPerModel: number;
  /** type instantiations that all models add to a program: declared, and each created, found and listed; NaN for a library without types */
  instantiations: number;
  instantiationsOfUse: number;
}

export interface BundleGoal {
  entry: string;
  metric: keyof BundleMeasurement;
  atMost: number;
}
