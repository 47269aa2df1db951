/** `bao-delete`: deletes a table, after its name was typed in. */
import { deleteTable, planTableUpdate, TABLE_INDEXES } from '../dynamo/index.ts';
import { CommandError, type ParsedArguments, runCommand } from './command.ts';
import { progressBar } from './progress-bar.ts';
import { CONNECTION_HELP, CONNECTION_OPTIONS, readConnection, requiredTable } from './table-connection.ts';
import { interruptible, type Terminal } from './terminal.ts';

const HELP = `bao-delete [table] [options]

Deletes a table with every row in it. It asks for the table's name first, and
refuses tables that are none of the model layer. There is no way back but a backup.

  table            default: db.tableName of dynamo-bao.config.js, TABLE_NAME

  --yes            do not ask; the table has to be named on the command line
  --dry-run        say what would be deleted, and delete nothing
${CONNECTION_HELP}`;

/** Runs the command. @returns the exit code */
export function deleteTableCommand(args: readonly string[], terminal: Terminal): Promise<number> {
  const options = { ...CONNECTION_OPTIONS, yes: { type: 'boolean' }, 'dry-run': { type: 'boolean' } } as const;
  const run = (parsed: ParsedArguments) => deleteNamed(parsed, terminal);
  return runCommand({ name: 'bao-delete', help: HELP, options, maxPositionals: 1, run }, args, terminal);
}

async function deleteNamed(args: ParsedArguments, terminal: Terminal): Promise<number> {
  const connection = readConnection(args);
  const tableName = requiredTable(connection, 'bao-delete');
  const table = await planTableUpdate(connection.client, tableName, TABLE_INDEXES);
  if (table === null) throw new CommandError(`there is no table ${tableName} in ${connection.place}`);
  const what = `table ${tableName} in ${connection.place}, with about ${table.itemCount} rows`;
  if (args.flag('dry-run')) {
    terminal.out(`would delete ${what}`);
    return 0;
  }
  await confirm(args, tableName, what, terminal);
  const bar = progressBar(terminal.progress, null);
  const wait = interruptible(terminal.signal, 'DynamoDB goes on deleting');
  let polls = 0;
  const sleep = (waitMs: number) => {
    polls += 1;
    bar.update(polls, `waiting until table ${tableName} is gone`);
    return wait(waitMs);
  };
  try {
    await deleteTable({ ...connection.client, sleep }, tableName);
  } finally {
    bar.finish();
  }
  terminal.out(`table ${tableName} deleted`);
  return 0;
}

/** @throws CommandError unless the name is typed in, or given with --yes */
async function confirm(args: ParsedArguments, tableName: string, what: string, terminal: Terminal): Promise<void> {
  if (args.flag('yes')) {
    if (args.positionals.length > 0 || args.text('table') !== undefined) return;
    throw new CommandError(`--yes needs the name: bao-delete ${tableName} --yes`);
  }
  const answer = await terminal.ask(`This deletes ${what}.\nType the table's name to go on: `);
  if (answer === null) throw new CommandError(`nobody to ask whether to delete ${what}; bao-delete ${tableName} --yes does not ask`);
  if (answer !== tableName) throw new CommandError('that is not its name; nothing was deleted');
}
