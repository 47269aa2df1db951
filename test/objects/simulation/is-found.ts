/**
 * Whether the checker finds a fault that was planted, within 100,000 operations.
 *
 * @param simulate runs one seed
 */
export async function isFoundBy(
  simulate: (seed: number) => Promise<{ violations: readonly unknown[]; operations: number }>,
): Promise<boolean> {
  for (let seed = 1, operations = 0; operations < 100_000; seed++) {
    const report = await simulate(seed);
    if (report.violations.length > 0) return true;
    operations += report.operations;
  }
  return false;
}
