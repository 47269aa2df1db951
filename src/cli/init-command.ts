/** `bao-init`: the files and the table that an application begins with. */
import { access, writeFile } from 'node:fs/promises';
import { CommandError, type ParsedArguments, runCommand } from './command.ts';
import { createAndWait } from './create-table-command.ts';
import { readProject } from './project.ts';
import { type Connection, CONNECTION_HELP, CONNECTION_OPTIONS, readConnection, requiredIndexes } from './table-connection.ts';
import type { Terminal } from './terminal.ts';

const HELP = `bao-init [table] [options]

Begins an application: creates its table, writes dynamo-bao.config.js and, as an
example, models.yaml. Files that are there already stay as they are.

  table            default: asks, and proposes dynamo-bao-dev

  --yes            do not ask
  --no-table       write the files only
  --dry-run        say what would be done, and do nothing
${CONNECTION_HELP}`;

const PROPOSED_TABLE = 'dynamo-bao-dev';

const EXAMPLE_MODELS = `# The models of the application; \`npx bao-codegen\` makes typed classes from them.
# Every key is described in docs/design/models-yaml.md.
models:
  User:
    modelPrefix: u
    fields:
      userId: { type: UlidField, autoAssign: true }
      name: { type: StringField, required: true }
      email: { type: StringField, required: true }
      createdAt: { type: CreateDateField }
    primaryKey: { partitionKey: userId }
    indexes:
      allUsers: { partitionKey: modelPrefix, sortKey: name, indexId: gsi1 }
    uniqueConstraints:
      uniqueEmail: { field: email, uniqueConstraintId: uc1 }

  Post:
    modelPrefix: p
    fields:
      postId: { type: UlidField, autoAssign: true }
      userId: { type: RelatedField, model: User, required: true }
      title: { type: StringField, required: true }
      content: { type: StringField }
      createdAt: { type: CreateDateField }
    primaryKey: { partitionKey: postId }
    indexes:
      postsForUser: { partitionKey: userId, sortKey: createdAt, indexId: gsi1 }
`;

/** Runs the command. @returns the exit code */
export function initCommand(args: readonly string[], terminal: Terminal): Promise<number> {
  const flags = { yes: { type: 'boolean' }, 'no-table': { type: 'boolean' }, 'dry-run': { type: 'boolean' } } as const;
  const run = (parsed: ParsedArguments) => init(parsed, terminal);
  return runCommand({ name: 'bao-init', help: HELP, options: { ...CONNECTION_OPTIONS, ...flags }, maxPositionals: 1, run }, args, terminal);
}

async function init(args: ParsedArguments, terminal: Terminal): Promise<number> {
  const connection = readConnection(args);
  const tableName = await chosenTable(connection, args, terminal);
  const files = [
    { path: connection.config.file ?? 'dynamo-bao.config.js', text: await configText(connection, tableName) },
    { path: connection.config.definitions ?? 'models.yaml', text: EXAMPLE_MODELS },
  ];
  const isDryRun = args.flag('dry-run');
  for (const { path, text } of files) {
    const isThere = await exists(path);
    if (!isThere && !isDryRun) await writeFile(path, text);
    terminal.out(isThere ? `${path} is there already` : `${isDryRun ? 'would write' : 'wrote'} ${path}`);
  }
  if (!args.flag('no-table')) {
    const indexes = await requiredIndexes(connection, false, terminal);
    if (indexes === null) return 1;
    if (isDryRun) terminal.out(`would create table ${tableName} in ${connection.place} unless it exists`);
    else await createAndWait(connection, tableName, indexes, terminal);
  }
  if (!isDryRun) terminal.out('next: npx bao-codegen');
  return 0;
}

async function chosenTable({ tableName, place }: Connection, args: ParsedArguments, terminal: Terminal): Promise<string> {
  const proposed = tableName ?? PROPOSED_TABLE;
  const isSaid = args.positionals.length > 0 || args.text('table') !== undefined;
  if (isSaid || args.flag('yes') || args.flag('dry-run')) return proposed;
  const answer = await terminal.ask(`Name of the table in ${place} [${proposed}]: `);
  if (answer === null) throw new CommandError('nobody to ask for the name of the table; name it, or say --yes');
  return answer === '' ? proposed : answer;
}

/** The configuration in the syntax that a `.js` file has in this project. */
async function configText({ client }: Connection, tableName: string): Promise<string> {
  const { packageType } = await readProject(process.cwd());
  const endpoint = client.endpoint ? `, endpoint: ${JSON.stringify(client.endpoint)}` : '';
  return `${packageType === 'module' ? 'export default' : 'module.exports ='} {
  aws: { region: ${JSON.stringify(client.region)}${endpoint} },
  db: { tableName: ${JSON.stringify(tableName)} },
  paths: {
    modelsDefinitionPath: './models.yaml',
    modelsDir: './models', // where bao-codegen writes the models
    fieldsDir: './fields', // field types of your own: EmailField in email-field.js
  },
};
`;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
