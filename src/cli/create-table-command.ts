/** `bao-create-table`: creates the table that models live in. */
import { createTableInput, ensureTable, type TableIndexes } from '../dynamo/index.ts';
import { type ParsedArguments, runCommand } from './command.ts';
import { progressBar } from './progress-bar.ts';
import {
  type Connection,
  CONNECTION_HELP,
  CONNECTION_OPTIONS,
  readConnection,
  requiredIndexes,
  requiredTable,
} from './table-connection.ts';
import { interruptible, type Terminal } from './terminal.ts';

const HELP = `bao-create-table [table] [options]

Creates the table of the model layer, paid per request, with its indexes gsi1 to
gsi5 and iter_index, and has rows expire by the attribute ttl. Does nothing to a
table that exists; bao-update-table brings one up to date.

  table            default: db.tableName of dynamo-bao.config.js, TABLE_NAME

  --search         also the index iter_search_index, which searches need;
                   default: when a model of the definitions is searchable
  --dry-run        print the request, and send nothing
${CONNECTION_HELP}

What the indexes hold is read from the definitions (models.yaml), if there are any.`;

/** Runs the command. @returns the exit code */
export function createTableCommand(args: readonly string[], terminal: Terminal): Promise<number> {
  const options = { ...CONNECTION_OPTIONS, search: { type: 'boolean' }, 'dry-run': { type: 'boolean' } } as const;
  const run = (parsed: ParsedArguments) => createTable(parsed, terminal);
  return runCommand({ name: 'bao-create-table', help: HELP, options, maxPositionals: 1, run }, args, terminal);
}

async function createTable(args: ParsedArguments, terminal: Terminal): Promise<number> {
  const connection = readConnection(args);
  const tableName = requiredTable(connection, 'bao-create-table');
  const indexes = await requiredIndexes(connection, args.flag('search'), terminal);
  if (indexes === null) return 1;
  if (args.flag('dry-run')) {
    terminal.out(`would create, in ${connection.place}:`);
    terminal.out(JSON.stringify(createTableInput(tableName, indexes), null, 2));
    return 0;
  }
  await createAndWait(connection, tableName, indexes, terminal);
  return 0;
}

/** Creates the table and waits until it can be used, and says which. */
export async function createAndWait(
  { client, place }: Connection,
  tableName: string,
  indexes: TableIndexes,
  terminal: Terminal,
): Promise<void> {
  const bar = progressBar(terminal.progress, null);
  const wait = interruptible(terminal.signal, `DynamoDB goes on; bao-create-table ${tableName} again waits for it`);
  let polls = 0;
  const sleep = (waitMs: number) => {
    polls += 1;
    bar.update(polls, `waiting for table ${tableName}`);
    return wait(waitMs);
  };
  try {
    const { created } = await ensureTable({ ...client, sleep }, tableName, indexes);
    bar.finish();
    terminal.out(created ? `table ${tableName} created in ${place}` : `table ${tableName} exists already in ${place}; nothing changed`);
  } finally {
    bar.finish();
  }
}
