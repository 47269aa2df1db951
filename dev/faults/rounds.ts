/** A run in rounds, each with a table, an object and a seed of its own: what clients saw of a round is checked at its end, so that any number of operations fits into memory. */
import { runOnWorkerd, type RealRunOptions, type RealRunReport } from './real-run.ts';

/** What is remembered of a round takes some 10 kB for each of them. */
const ROUND_OPERATIONS = 50_000;

/**
 * Runs rounds until there were so many operations, or one has a violation.
 *
 * @param options of all of them together; the first has their seed, each next one the next
 * @param onRound told of each when it has ended, with a line about it
 */
export async function runInRounds(options: RealRunOptions, onRound: (line: string) => void = () => {}): Promise<RealRunReport[]> {
  const { operations, kills, faults } = options;
  const rounds = Math.ceil(operations / ROUND_OPERATIONS);
  const reports: RealRunReport[] = [];
  for (let round = 0; round < rounds; round++) {
    const seed = faults.seed + round;
    const report = await runOnWorkerd({
      ...options,
      operations: shareOf(operations, round, rounds),
      kills: shareOf(kills, round, rounds),
      faults: { ...faults, seed },
    });
    reports.push(report);
    onRound(lineOf(report, `round ${round + 1} of ${rounds}, seed ${seed}`));
    if (report.violations.length > 0) break;
  }
  return reports;
}

/** So that the shares of all rounds add up to `total`. */
function shareOf(total: number, round: number, rounds: number): number {
  return Math.floor((total * (round + 1)) / rounds) - Math.floor((total * round) / rounds);
}

function lineOf({ operations, kills, violations, clients, faults, tookMs }: RealRunReport, name: string): string {
  const met = Object.entries(faults).map(([kind, count]) => `${kind} ${count}`);
  return `${name}: ${operations} operations, ${kills} kills, ${violations.length} violations in ${(tookMs / 1000).toFixed(0)} s; \
of ${clients.reads} reads of one row ${clients.hits} from memory; ${clients.unknownWrites} of ${clients.writes} writes without an answer; faults: ${met.join(', ')}`;
}
