/** `bao-update-table`: gives a table what it lacks. */
import { planTableUpdate, type TableIndexes, type TableUpdate, updateTable } from '../dynamo/index.ts';
import { CommandError, type ParsedArguments, runCommand } from './command.ts';
import { type ProgressBar, progressBar } from './progress-bar.ts';
import {
  type Connection,
  CONNECTION_HELP,
  CONNECTION_OPTIONS,
  readConnection,
  requiredIndexes,
  requiredTable,
} from './table-connection.ts';
import { interruptible, type Terminal } from './terminal.ts';

const HELP = `bao-update-table [table] [options]

Adds the indexes that the table lacks, one after the other as DynamoDB wants it,
and has rows expire by the attribute ttl. DynamoDB reads all rows to fill a new
index: minutes to hours for a large table. Ctrl-C ends the waiting; the same
command goes on where it was.

  table            default: db.tableName of dynamo-bao.config.js, TABLE_NAME

  --search         also the index iter_search_index, which searches need;
                   default: when a model of the definitions is searchable, or
                   db.iterationIndexName names it
  --dry-run        say what is missing, and change nothing
${CONNECTION_HELP}

What the indexes hold is read from the definitions (models.yaml), if there are any.`;

/** Runs the command. @returns the exit code: 1 also when an index holds less than the definitions ask for, which no command can change */
export function updateTableCommand(args: readonly string[], terminal: Terminal): Promise<number> {
  const options = { ...CONNECTION_OPTIONS, search: { type: 'boolean' }, 'dry-run': { type: 'boolean' } } as const;
  const run = (parsed: ParsedArguments) => update(parsed, terminal);
  return runCommand({ name: 'bao-update-table', help: HELP, options, maxPositionals: 1, run }, args, terminal);
}

async function update(args: ParsedArguments, terminal: Terminal): Promise<number> {
  const connection = readConnection(args);
  const tableName = requiredTable(connection, 'bao-update-table');
  const indexes = await requiredIndexes(connection, args.flag('search'), terminal);
  if (indexes === null) return 1;
  const plan = await planTableUpdate(connection.client, tableName, indexes);
  if (plan === null)
    throw new CommandError(`there is no table ${tableName} in ${connection.place}; bao-create-table ${tableName} creates it`);
  printPlan(plan, tableName, terminal);
  const isWhole = plan.missing.length === 0 && plan.inProgress.length === 0 && !plan.lacksExpiry;
  if (!isWhole && !args.flag('dry-run')) await addMissing(connection, tableName, indexes, terminal);
  if (isWhole && plan.differing.length === 0) terminal.out(`table ${tableName} has everything`);
  else if (args.flag('dry-run')) terminal.out('nothing was changed');
  return plan.differing.length === 0 ? 0 : 1;
}

function printPlan({ missing, inProgress, differing, lacksExpiry, itemCount }: TableUpdate, tableName: string, terminal: Terminal): void {
  if (inProgress.length > 0) terminal.out(`being filled: ${inProgress.join(', ')}`);
  if (missing.length > 0) terminal.out(`missing: ${missing.join(', ')} (the table has about ${itemCount} rows)`);
  if (lacksExpiry) terminal.out('missing: expiry of rows by the attribute ttl');
  for (const { index, expected, found } of differing) {
    terminal.error(
      `${index} of table ${tableName} holds ${described(found)}; the definitions ask for ${described(expected)}. ` +
        `DynamoDB changes no index: delete it, and run bao-update-table again`,
    );
  }
}

function described(projection: string | readonly string[]): string {
  if (typeof projection !== 'string') return `its keys and ${projection.join(', ')}`;
  return projection === 'ALL' ? 'whole rows' : 'its keys';
}

async function addMissing({ client }: Connection, tableName: string, indexes: TableIndexes, terminal: Terminal): Promise<void> {
  const sleep = interruptible(terminal.signal, 'DynamoDB goes on with the index it is at; the same command goes on from there');
  const bars: ProgressBar[] = [];
  try {
    const { missing, inProgress, lacksExpiry } = await updateTable({ ...client, sleep }, tableName, indexes, (progress) => {
      const bar = bars[0] ?? progressBar(terminal.progress, progress.total);
      bars[0] = bar;
      bar.update(progress.done, `${progress.index}: ${progress.isBackfilling ? 'DynamoDB reads the rows of the table' : 'in preparation'}`);
    });
    const added = [...inProgress, ...missing];
    if (added.length > 0) terminal.out(`added: ${added.join(', ')}`);
    if (lacksExpiry) terminal.out('rows expire by the attribute ttl');
    if (added.some((name) => name.startsWith('iter_')))
      terminal.out(
        'rows that were written before their model was iterable or searchable are not in it: bao-rebuild-search-text, or save them again',
      );
  } finally {
    bars[0]?.finish();
  }
}
