/** `npm run faults`: a proxy in front of a local DynamoDB that fails by chance, for trying a service by hand; or, with `--run`, the object of a tenant tried by many. */
import { startLocalDynamoDb } from '../../src/cli/local-dynamodb.ts';
import { startDynamoDbProxy } from './dynamodb-proxy.ts';
import { readFaultOptions, USAGE, type FaultOptions } from './options.ts';
import { runInRounds } from './rounds.ts';
import { RowHistory } from './row-history.ts';
import { SeededFaults } from './seeded-faults.ts';
import { seededRandom } from './seeded-random.ts';
import { storeCode } from './store-code.ts';

const OPERATIONS_PER_KILL = 5_000;

async function serve({ port, connections, lagMs, profile }: FaultOptions, endpoint: string): Promise<void> {
  const faults = new SeededFaults(profile);
  const rows = new RowHistory({ endpoint, lagMs, random: seededRandom(profile.seed) });
  const proxy = await startDynamoDbProxy({ endpoint, port, connections, rows, decide: (operation, body) => faults.next(operation, body) });
  console.log(`${proxy.url} passes on to ${endpoint} and fails as seed ${profile.seed} wants it; Ctrl-C ends it`);
  const end = () => {
    console.log(`\nfaults: ${JSON.stringify(proxy.faults())}; most requests at a time: ${proxy.mostInFlight()}`);
    process.exit(0);
  };
  process.once('SIGINT', end);
  process.once('SIGTERM', end);
}

/** @returns how many operations nothing explains, as far as it was looked for: the first round with any is the last */
async function run({ run: operations, lagMs, profile: faults }: FaultOptions, endpoint: string): Promise<number> {
  const clients = { clients: 64, keys: 200, writes: 0.1, certain: 0.2 };
  const kills = Math.ceil(operations / OPERATIONS_PER_KILL);
  const reports = await runInRounds({ endpoint, code: await storeCode(), operations, kills, faults, lagMs, ...clients }, console.log);
  const violations = reports.flatMap((report) => report.violations);
  for (const violation of violations) console.log(JSON.stringify(violation));
  const [done, killed] = [reports.map((report) => report.operations), reports.map((report) => report.kills)].map(sumOf);
  console.log(`${done} operations, ${killed} kills: ${violations.length} violations`);
  return violations.length;
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}

async function main(options: FaultOptions): Promise<void> {
  if (options.run === 0) return serve(options, options.endpoint ?? '');
  const local = options.endpoint === undefined ? await startLocalDynamoDb() : null;
  try {
    process.exitCode = (await run(options, options.endpoint ?? local?.endpoint ?? '')) === 0 ? 0 : 1;
  } finally {
    await local?.stop();
  }
}

try {
  const options = readFaultOptions(process.argv.slice(2));
  if (options === null) console.log(USAGE);
  else await main(options);
} catch (error) {
  console.error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
  process.exitCode = 2;
}
