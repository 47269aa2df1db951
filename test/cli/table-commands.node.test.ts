import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { createTableCommand } from '../../src/cli/create-table-command.ts';
import { deleteTableCommand } from '../../src/cli/delete-table-command.ts';
import { initCommand } from '../../src/cli/init-command.ts';
import { updateTableCommand } from '../../src/cli/update-table-command.ts';
import { createTableInput, DynamoClient, ensureTable, planTableUpdate, SEARCH_INDEX, TABLE_INDEXES } from '../../src/dynamo/index.ts';
import { localClientOptions } from '../setup/tables.ts';
import { enterWorkFolder, recordedTerminal, type WorkFolder } from './work-folder.ts';

const endpoint = inject('dynamodbEndpoint');
const options = localClientOptions(endpoint);
const client = new DynamoClient(options);
const AT = ['--endpoint', endpoint, '--region', options.region];

let folder: WorkFolder;
let tableName: string;

beforeEach(async () => {
  folder = await enterWorkFolder();
  tableName = `commands-${randomUUID()}`;
});

afterEach(async () => {
  await client.send('DeleteTable', { TableName: tableName });
  await folder.leave();
});

/** The indexes of the table by name, with what they hold. */
async function indexes(): Promise<Record<string, unknown>> {
  const answer = await client.send('DescribeTable', { TableName: tableName });
  if (!answer.ok) return {};
  const { Table } = answer.output as {
    Table: { GlobalSecondaryIndexes: { IndexName: string; Projection: { ProjectionType: string; NonKeyAttributes?: string[] } }[] };
  };
  return Object.fromEntries(
    Table.GlobalSecondaryIndexes.map(({ IndexName, Projection }) => [IndexName, Projection.NonKeyAttributes ?? Projection.ProjectionType]),
  );
}

const MODELS = `models:
  Note:
    modelPrefix: n
    iterable: true
    searchable: { fields: [text] }
    fields:
      noteId: { type: StringField }
      text: { type: StringField }
      kind: { type: StringField }
    primaryKey: { partitionKey: noteId }
    indexes:
      byKind: { partitionKey: kind, sortKey: noteId, indexId: 2, projection: [text] }
      byText: { partitionKey: text, sortKey: noteId, indexId: 3, projection: keys }
  Tag:
    modelPrefix: t
    fields: { tagId: { type: StringField } }
    primaryKey: { partitionKey: tagId }
    indexes:
      all: { partitionKey: modelPrefix, sortKey: tagId, indexId: 3, projection: [tagId] }
`;

describe('bao-create-table', () => {
  it('creates the table of the layout, and leaves one that exists', async () => {
    const first = recordedTerminal();
    expect(await createTableCommand([tableName, ...AT], first)).toBe(0);
    expect(first.lines).toEqual([`table ${tableName} created in ${options.region} at ${endpoint}`]);
    expect(Object.keys(await indexes()).toSorted()).toEqual(Object.keys(TABLE_INDEXES).toSorted());
    const second = recordedTerminal();
    expect(await createTableCommand([tableName, ...AT], second)).toBe(0);
    expect(second.lines).toEqual([expect.stringContaining('exists already')]);
  });

  it('gives indexes what the definitions say they hold, shared by models, and the one of search where a model is searchable', async () => {
    await folder.write('models.yaml', MODELS);
    expect(await createTableCommand([tableName, ...AT], recordedTerminal())).toBe(0);
    expect(await indexes()).toMatchObject({ gsi1: 'ALL', gsi2: ['text'], gsi3: ['tagId'], iter_search_index: ['_searchText'] });
  });

  it('prints the request with --dry-run, and sends nothing', async () => {
    const terminal = recordedTerminal();
    expect(await createTableCommand([tableName, '--dry-run', ...AT], terminal)).toBe(0);
    expect(JSON.parse(terminal.lines[1] ?? '')).toEqual(createTableInput(tableName));
    expect(await indexes()).toEqual({});
  });

  it('takes table, region and endpoint of the configuration file', async () => {
    const settings = { db: { tableName }, aws: { region: options.region, endpoint } };
    await folder.write('dynamo-bao.config.cjs', `module.exports = ${JSON.stringify(settings)};`);
    expect(await createTableCommand([], recordedTerminal())).toBe(0);
    expect(Object.keys(await indexes())).toContain('gsi1');
  });

  it('asks for a table where nothing names one, and shows what is wrong with the definitions', async () => {
    const nameless = recordedTerminal();
    expect(await createTableCommand(AT, nameless)).toBe(1);
    expect(nameless.errors).toEqual([
      'bao-create-table: which table? bao-create-table NAME, or db.tableName in dynamo-bao.config.js, or TABLE_NAME',
    ]);
    await folder.write('models.yaml', MODELS.replace('sortKey: noteId', 'sortKey: nope'));
    const wrong = recordedTerminal();
    expect(await createTableCommand([tableName, ...AT], wrong)).toBe(1);
    expect(wrong.errors).toEqual([expect.stringMatching(/^models\.yaml:12:\d+ .*unknown field "nope"/)]);
  });

  it('refuses what is no table of the layer', async () => {
    const other = {
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    };
    await client.send('CreateTable', { TableName: tableName, BillingMode: 'PAY_PER_REQUEST', ...other });
    for (const command of [createTableCommand, updateTableCommand, deleteTableCommand]) {
      const terminal = recordedTerminal(tableName);
      expect(await command([tableName, ...AT], terminal)).toBe(1);
      expect(terminal.errors).toEqual([expect.stringContaining('has the keys id; expected _pk, _sk')]);
    }
  });
});

describe('bao-update-table', () => {
  beforeEach(async () => {
    const { gsi1 = never() } = TABLE_INDEXES;
    await ensureTable(options, tableName, { gsi1 });
  });

  it('adds every index that is missing, one after the other, and shows how far it is', async () => {
    const terminal = recordedTerminal();
    expect(await updateTableCommand([tableName, '--search', ...AT], terminal)).toBe(0);
    expect(terminal.errors).toEqual([]);
    expect(terminal.lines[0]).toBe('missing: gsi2, gsi3, gsi4, gsi5, iter_index, iter_search_index (the table has about 0 rows)');
    expect(terminal.lines[1]).toBe('added: gsi2, gsi3, gsi4, gsi5, iter_index, iter_search_index');
    expect(await indexes()).toEqual(
      Object.fromEntries([
        ...['gsi1', 'gsi2', 'gsi3', 'gsi4', 'gsi5'].map((id) => [id, 'ALL']),
        ['iter_index', 'KEYS_ONLY'],
        ['iter_search_index', ['_searchText']],
      ]),
    );
    const again = recordedTerminal();
    expect(await updateTableCommand([tableName, '--search', ...AT], again)).toBe(0);
    expect(again.lines).toEqual([`table ${tableName} has everything`]);
  }, 60_000);

  it('says what is missing with --dry-run, and changes nothing', async () => {
    const terminal = recordedTerminal();
    expect(await updateTableCommand([tableName, '--dry-run', ...AT], terminal)).toBe(0);
    expect(terminal.lines).toEqual(['missing: gsi2, gsi3, gsi4, gsi5, iter_index (the table has about 0 rows)', 'nothing was changed']);
    expect(Object.keys(await indexes())).toEqual(['gsi1']);
  });

  it('goes on where it was interrupted', async () => {
    const first = recordedTerminal();
    first.interrupt();
    const code = await updateTableCommand([tableName, ...AT], first);
    // A local DynamoDB may be done with an index before anybody waits for it.
    if (code === 1) expect(first.errors).toEqual([expect.stringContaining('the same command goes on from there')]);
    const second = recordedTerminal();
    expect(await updateTableCommand([tableName, ...AT], second)).toBe(0);
    const plan = await planTableUpdate(options, tableName, TABLE_INDEXES);
    expect(plan).toMatchObject({ missing: [], inProgress: [], differing: [], lacksExpiry: false });
  }, 60_000);

  it('names an index that holds less than the definitions ask for, which no update can change', async () => {
    const { gsi1 = never() } = TABLE_INDEXES;
    const plan = await planTableUpdate(options, tableName, { gsi1: { ...gsi1, projection: ['text'] } });
    expect(plan?.differing).toEqual([]);
    await client.send('DeleteTable', { TableName: tableName });
    await ensureTable(options, tableName, { ...TABLE_INDEXES, gsi1: { ...gsi1, projection: 'KEYS_ONLY' }, ...SEARCH_INDEX });
    const terminal = recordedTerminal();
    expect(await updateTableCommand([tableName, ...AT], terminal)).toBe(1);
    expect(terminal.errors).toEqual([
      expect.stringContaining(`gsi1 of table ${tableName} holds its keys; the definitions ask for whole rows`),
    ]);
  });

  it('names the command that creates a table that does not exist', async () => {
    const terminal = recordedTerminal();
    expect(await updateTableCommand(['nowhere', ...AT], terminal)).toBe(1);
    expect(terminal.errors).toEqual([expect.stringContaining('bao-create-table nowhere creates it')]);
  });
});

describe('bao-delete', () => {
  beforeEach(() => ensureTable(options, tableName));

  it('deletes when the name is typed in, and only then', async () => {
    const wrong = recordedTerminal('yes');
    expect(await deleteTableCommand([tableName, ...AT], wrong)).toBe(1);
    expect(wrong.errors).toEqual(['bao-delete: that is not its name; nothing was deleted']);
    expect(wrong.questions[0]).toContain(`table ${tableName} in ${options.region} at ${endpoint}, with about 0 rows`);
    expect(Object.keys(await indexes())).toContain('gsi1');
    const right = recordedTerminal(tableName);
    expect(await deleteTableCommand([tableName, ...AT], right)).toBe(0);
    expect(right.lines).toEqual([`table ${tableName} deleted`]);
    expect(await indexes()).toEqual({});
  });

  it('asks nobody with --yes, which needs the name on the command line', async () => {
    const alone = recordedTerminal();
    expect(await deleteTableCommand([tableName, ...AT], alone)).toBe(1);
    expect(alone.errors).toEqual([expect.stringContaining('--yes does not ask')]);
    await folder.write('dynamo-bao.config.cjs', `module.exports = ${JSON.stringify({ db: { tableName } })};`);
    const unnamed = recordedTerminal();
    expect(await deleteTableCommand(['--yes', ...AT], unnamed)).toBe(1);
    expect(unnamed.errors).toEqual([`bao-delete: --yes needs the name: bao-delete ${tableName} --yes`]);
    expect(await deleteTableCommand([tableName, '--yes', ...AT], recordedTerminal())).toBe(0);
    expect(await indexes()).toEqual({});
  });

  it('says with --dry-run what it would delete', async () => {
    const terminal = recordedTerminal(tableName);
    expect(await deleteTableCommand([tableName, '--dry-run', ...AT], terminal)).toBe(0);
    expect(terminal.lines).toEqual([expect.stringMatching(/^would delete table /)]);
    expect(Object.keys(await indexes())).toContain('gsi1');
  });
});

describe('bao-init', () => {
  it('writes a configuration and definitions, creates the table, and touches nothing that is there', async () => {
    await folder.write('package.json', '{ "type": "module" }');
    const terminal = recordedTerminal('');
    expect(await initCommand(['--table', tableName, ...AT], terminal)).toBe(0);
    expect(terminal.lines).toEqual([
      'wrote dynamo-bao.config.js',
      'wrote models.yaml',
      `table ${tableName} created in ${options.region} at ${endpoint}`,
      'next: npx bao-codegen',
    ]);
    expect(await folder.read('dynamo-bao.config.js')).toMatch(/^export default \{/);
    await folder.write('models.yaml', MODELS);
    const again = recordedTerminal();
    expect(await initCommand([tableName, ...AT], again)).toBe(0);
    expect(again.lines).toContain('models.yaml is there already');
    expect(await folder.read('models.yaml')).toBe(MODELS);
  });

  it('asks for the name of the table, and proposes one', async () => {
    const terminal = recordedTerminal(tableName);
    expect(await initCommand(AT, terminal)).toBe(0);
    expect(terminal.questions).toEqual([`Name of the table in ${options.region} at ${endpoint} [dynamo-bao-dev]: `]);
    expect(Object.keys(await indexes())).toContain('gsi1');
    expect(await folder.read('dynamo-bao.config.js')).toMatch(/^module\.exports = \{/);
  });

  it('writes nothing with --dry-run, and no table with --no-table', async () => {
    const dry = recordedTerminal();
    expect(await initCommand([tableName, '--dry-run', ...AT], dry)).toBe(0);
    expect(dry.lines).toEqual([
      'would write dynamo-bao.config.js',
      'would write models.yaml',
      expect.stringContaining(`would create table ${tableName}`),
    ]);
    await expect(folder.read('models.yaml')).rejects.toThrow('ENOENT');
    expect(await initCommand([tableName, '--no-table', ...AT], recordedTerminal())).toBe(0);
    expect(await indexes()).toEqual({});
  });
});

function never(): never {
  throw new Error('the layout has no gsi1');
}
