/** What a benchmark of accounts declares. What is done is always the same: `run-accounts.ts`. */
import type { StreamGoal } from './stream-benchmark.ts';

export interface AccountsBenchmark {
  kind: 'accounts';
  title: string;
  goals: readonly StreamGoal[];
}
