/** The models that the pages show. */
import type { Benchmark, Result, Submission, System } from '../../../.bao/models.ts';

export interface LeaderboardModels {
  System: typeof System;
  Benchmark: typeof Benchmark;
  Result: typeof Result;
  Submission: typeof Submission;
}
