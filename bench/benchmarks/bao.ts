/** The model layer against dynamo-bao from npm, its peers, and AWS's document client. */
import type { LibraryBenchmark, LibraryGoal } from '../harness/library-benchmark.ts';
import type { CaseName } from '../libraries/cases.ts';

const STEAMER = 'Steamer';
const ON_STORE = 'Steamer, store given';
const SDK = 'document client';
const PEERS = ['dynamo-bao', 'ElectroDB', 'DynamoDB Toolbox'] as const;
const JSON_PARSE = 'JSON.parse alone';

const READ_SOME: CaseName = 'query of 100, 3 fields of each read';

export const benchmark: LibraryBenchmark = {
  kind: 'libraries',
  title: 'A user of 13 fields and about 700 bytes; DynamoDB answers in process',
  baseline: SDK,
  entries: [
    { name: STEAMER, library: 'steamer' },
    { name: 'dynamo-bao', library: 'dynamo-bao' },
    { name: 'ElectroDB', library: 'electrodb' },
    { name: 'DynamoDB Toolbox', library: 'dynamodb-toolbox' },
    { name: SDK, library: 'document-client' },
    { name: ON_STORE, library: 'steamer-store' },
    { name: JSON_PARSE, library: 'json-parse' },
  ],
  cases: [
    'signature of a request',
    'get',
    'get, 16 in flight',
    'query of 100',
    READ_SOME,
    'query of 100, all fields of each read',
    'create',
    'update of a field',
    '100 by their ids',
    'find, 100 at once in a context',
    'find, 5,000 at once in a context',
    'find, 20,000 at once in a context',
    'find, one after the other in a context',
  ],
  goals: [
    { ...cpuOf('signature of a request'), atMost: 15 },
    ...PEERS.map((entry): LibraryGoal => ({ ...cpuOf('get'), atMost: 1, timesThatOf: { entry, case: 'get' } })),
    { ...cpuOf(READ_SOME), atMost: 1_500 },
    { ...cpuOf(READ_SOME), atMost: 1, timesThatOf: { entry: SDK, case: READ_SOME } },
    { ...cpuOf(READ_SOME, ON_STORE), atMost: 100 * 3, moreThan: { entry: JSON_PARSE, case: 'query of 100' } },
    { ...cpuOf('find, 20,000 at once in a context'), atMost: 200_000 / 20_000 },
    { ...cpuOf('find, 20,000 at once in a context', ON_STORE), atMost: 200_000 / 20_000 },
    {
      ...cpuOf('find, 20,000 at once in a context', ON_STORE),
      atMost: 1.5,
      timesThatOf: { entry: ON_STORE, case: 'find, 5,000 at once in a context' },
    },
    { ...cpuOf('find, one after the other in a context'), metric: 'elapsedMicros', atMost: 1_000 },
  ],
};

function cpuOf(name: CaseName, entry = STEAMER): Pick<LibraryGoal, 'entry' | 'case' | 'metric'> {
  return { entry, case: name, metric: 'cpuMicros' };
}
