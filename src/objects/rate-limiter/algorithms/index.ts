import type { AlgorithmName } from '../../../wire/limit-rules.ts';
import type { Algorithm } from './algorithm.ts';
import { slidingCounter } from './sliding-counter.ts';
import { slidingLog } from './sliding-log.ts';
import { tokenBucket } from './token-bucket.ts';
import { calendar, fixedWindow } from './window.ts';

/** The algorithm of each name. */
export const algorithms: Readonly<Record<AlgorithmName, Algorithm>> = {
  'token-bucket': tokenBucket,
  'fixed-window': fixedWindow,
  'sliding-counter': slidingCounter,
  'sliding-log': slidingLog,
  concurrency: slidingLog,
  calendar,
};
