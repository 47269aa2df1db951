/** What a mode is told by: how the application of the tests has had messages delivered, and runs kept. */
export interface Counts {
  dispatches: number;
  queueMessages: number;
  d1Writes: number;
}

export const NO_COUNTS: Counts = { dispatches: 0, queueMessages: 0, d1Writes: 0 };

/** Those of two lives of a process. */
export function addCounts(one: Counts, other: Counts): Counts {
  return {
    dispatches: one.dispatches + other.dispatches,
    queueMessages: one.queueMessages + other.queueMessages,
    d1Writes: one.d1Writes + other.d1Writes,
  };
}
