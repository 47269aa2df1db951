/** What an operation cost, read from DynamoDB's own accounting. */
import type { OperationMeta } from './item-store.ts';
import type { ConsumedCapacity } from './types.ts';

/** The meta of an operation that has asked DynamoDB for nothing yet. */
export function emptyMeta(): OperationMeta {
  return { cache: 'bypass', calls: 0, keys: 0, readUnits: 0, writeUnits: 0 };
}

/**
 * Adds the capacity an answer reports, and returns the answer without it.
 *
 * @param isWrite which unit a report without a breakdown is of
 */
export function takeCapacity(meta: OperationMeta, output: unknown, isWrite: boolean): Record<string, unknown> {
  // DynamoDB answers every operation with a JSON object; `ConsumedCapacity` is one report, or one per table.
  const { ConsumedCapacity: reports, ...rest } = output as { ConsumedCapacity?: ConsumedCapacity | ConsumedCapacity[] } & Record<
    string,
    unknown
  >;
  for (const report of reports === undefined ? [] : [reports].flat()) {
    const hasBreakdown = report.ReadCapacityUnits !== undefined || report.WriteCapacityUnits !== undefined;
    const units = report.CapacityUnits ?? 0;
    meta.readUnits += hasBreakdown ? (report.ReadCapacityUnits ?? 0) : isWrite ? 0 : units;
    meta.writeUnits += hasBreakdown ? (report.WriteCapacityUnits ?? 0) : isWrite ? units : 0;
  }
  return rest;
}
