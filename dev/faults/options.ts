/** The options of `npm run faults`. */
import { parseArgs } from 'node:util';
import type { FaultProfile } from './seeded-faults.ts';

/** What the command is told. */
export interface FaultOptions {
  /** undefined: a local DynamoDB of its own */
  endpoint: string | undefined;
  /** how many operations to run and check; 0: serve */
  run: number;
  port: number;
  connections: number;
  lagMs: number;
  profile: FaultProfile;
}

interface NumberOption {
  name: string;
  default: number;
  /** a share is from 0 to 1 */
  isShare: boolean;
  about: string;
}

const NUMBERS = [
  {
    name: 'run',
    default: 0,
    isShare: false,
    about: 'instead of serving: so many operations of 64 clients on the object of a tenant, killed every 5,000, checked as they end',
  },
  { name: 'port', default: 8001, isShare: false, about: 'where it listens on 127.0.0.1' },
  { name: 'seed', default: 1, isShare: false, about: 'the same seed and the same requests in the same order meet the same faults' },
  {
    name: 'connections',
    default: 6,
    isShare: false,
    about: 'requests under way at a time; the others wait, as those of a Durable Object do',
  },
  { name: 'throttled', default: 0.01, isShare: true, about: 'share of requests refused as throttled' },
  { name: 'unprocessed', default: 0.02, isShare: true, about: 'share of the entries of batches after which the rest is left undone' },
  { name: 'failed-reads', default: 0.005, isShare: true, about: 'share of reads answered with a server error' },
  { name: 'lag-ms', default: 4_000, isShare: false, about: 'how old eventual reads may be' },
  { name: 'slow', default: 0.01, isShare: true, about: 'share of requests that take up to --slow-ms longer' },
  { name: 'slow-ms', default: 3_000, isShare: false, about: 'see --slow' },
  {
    name: 'unknown-writes',
    default: 0.005,
    isShare: true,
    about: 'share of writes without an answer: not applied, applied, or applied late',
  },
  { name: 'late-ms', default: 29_000, isShare: false, about: 'how late a write is applied that nobody waits for any more' },
] as const satisfies readonly NumberOption[];

type Name = (typeof NUMBERS)[number]['name'];

export const USAGE = `npm run faults -- --endpoint <url> [options]
npm run faults -- --run 1000000 [options]

A proxy in front of a local DynamoDB that fails by chance, as a seed wants it. All writes to the tables have to come through it.
Then, for one: DYNAMODB_ENDPOINT=http://127.0.0.1:8001 npm start

  --endpoint <url>           the local DynamoDB behind it, "http://127.0.0.1:8000"; with --run, default: one is started
${NUMBERS.map(({ name, about, default: value }) => `  ${`--${name} <number>`.padEnd(26)} ${about} (default ${value})`).join('\n')}
  --help                     print this
`;

/** @returns null for `--help` @throws Error that says what was expected and what came, for an option that is unknown or wrong */
export function readFaultOptions(argv: readonly string[]): FaultOptions | null {
  const numberOptions = Object.fromEntries(NUMBERS.map(({ name }) => [name, { type: 'string' } as const]));
  const options = { ...numberOptions, endpoint: { type: 'string' }, help: { type: 'boolean', short: 'h' } } as const;
  const values: Readonly<Record<string, string | boolean | undefined>> = parseArgs({ args: [...argv], options }).values;
  if (values['help'] === true) return null;
  const numbers = new Map<Name, number>(NUMBERS.map((option) => [option.name, readNumber(option, values[option.name])]));
  const of = (name: Name) => numbers.get(name) ?? NaN;
  return {
    endpoint: readEndpoint(values['endpoint'], of('run') > 0),
    run: of('run'),
    port: of('port'),
    connections: of('connections'),
    lagMs: of('lag-ms'),
    profile: {
      seed: of('seed'),
      throttled: of('throttled'),
      unprocessed: of('unprocessed'),
      failedReads: of('failed-reads'),
      slow: of('slow'),
      slowMs: of('slow-ms'),
      unknownWrites: of('unknown-writes'),
      lateMs: of('late-ms'),
    },
  };
}

function readEndpoint(endpoint: string | boolean | undefined, isOptional: boolean): string | undefined {
  if (isOptional && endpoint === undefined) return undefined;
  if (typeof endpoint === 'string' && URL.canParse(endpoint)) return endpoint;
  throw new Error(`--endpoint: expected a URL, got ${JSON.stringify(endpoint)}`);
}

function readNumber({ name, default: fallback, isShare }: NumberOption, text: string | boolean | undefined): number {
  const number = text === undefined ? fallback : Number(text);
  const isRight = isShare ? number >= 0 && number <= 1 : Number.isInteger(number) && number >= 0;
  if (isRight) return number;
  throw new Error(`--${name}: expected ${isShare ? 'a share from 0 to 1' : 'a whole number from 0'}, got ${JSON.stringify(text)}`);
}
