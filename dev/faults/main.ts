/** `npm run faults`: a proxy in front of a local DynamoDB that fails by chance, for trying a service by hand. */
import { startDynamoDbProxy } from './dynamodb-proxy.ts';
import { readFaultOptions, USAGE, type FaultOptions } from './options.ts';
import { RowHistory } from './row-history.ts';
import { SeededFaults } from './seeded-faults.ts';
import { seededRandom } from './seeded-random.ts';

async function main({ endpoint, port, connections, lagMs, profile }: FaultOptions): Promise<void> {
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

try {
  const options = readFaultOptions(process.argv.slice(2));
  if (options === null) console.log(USAGE);
  else await main(options);
} catch (error) {
  console.error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
  process.exitCode = 2;
}
