/** Which table a command is for, and how to reach DynamoDB: from its options, the configuration file and the environment. */
import { existsSync } from 'node:fs';
import type { ParseArgsConfig } from 'node:util';
import { customTypesIn, formatIssue, IssueList, readModels, tableIndexesOf } from '../bao/codegen/index.ts';
import { nodePlatform } from '../bao/node/node-platform.ts';
import { type DynamoClientOptions, SEARCH_INDEX, TABLE_INDEXES, type TableIndexes } from '../dynamo/index.ts';
import { CommandError, type Output, type ParsedArguments } from './command.ts';
import { type CommandConfig, readConfigFile } from './config-file.ts';
import { readCustomFields } from './custom-fields.ts';
import { readDefinitions } from './definitions-file.ts';

/** The options that `readConnection` reads. */
export const CONNECTION_OPTIONS: NonNullable<ParseArgsConfig['options']> = {
  table: { type: 'string' },
  region: { type: 'string' },
  endpoint: { type: 'string' },
};

/** The lines about them for --help. */
export const CONNECTION_HELP = `  --table NAME     the same as the argument
  --region REGION  default: aws.region of the configuration file, AWS_REGION, us-west-2
  --endpoint URL   a local DynamoDB; default: aws.endpoint, DYNAMODB_ENDPOINT, AWS's own
  --help           print this

Credentials are AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, else the profile
AWS_PROFILE of ~/.aws. A local DynamoDB needs none.`;

export interface Connection {
  client: DynamoClientOptions;
  /** null: nothing says it */
  tableName: string | null;
  /** "us-west-2", or "us-west-2 at http://127.0.0.1:8000" */
  place: string;
  config: CommandConfig;
}

/** @throws CommandError when there are no credentials */
export function readConnection(args: ParsedArguments): Connection {
  const config = readConfigFile();
  const { aws = {}, db = {} } = config.settings;
  const { AWS_REGION, AWS_DEFAULT_REGION, DYNAMODB_ENDPOINT, TABLE_NAME } = process.env;
  const region = args.text('region') ?? aws.region ?? AWS_REGION ?? AWS_DEFAULT_REGION ?? 'us-west-2';
  const endpoint = args.text('endpoint') ?? aws.endpoint ?? DYNAMODB_ENDPOINT ?? null;
  return {
    client: { region, endpoint, credentials: aws.credentials ?? credentials(endpoint) },
    tableName: args.positionals[0] ?? args.text('table') ?? db.tableName ?? TABLE_NAME ?? null,
    place: endpoint ? `${region} at ${endpoint}` : region,
    config,
  };
}

/** The table's name. @throws CommandError when nothing says it */
export function requiredTable({ tableName }: Connection, command: string): string {
  if (tableName !== null) return tableName;
  throw new CommandError(`which table? ${command} NAME, or db.tableName in dynamo-bao.config.js, or TABLE_NAME`);
}

/**
 * The indexes that the table has to have: the layout's, holding what the definitions say, and the one of search where a model or the
 * configuration asks for it.
 *
 * @returns null after printing what is wrong with the definitions
 */
export async function requiredIndexes({ config }: Connection, withSearch: boolean, output: Output): Promise<TableIndexes | null> {
  const isConfigured = config.settings.db?.iterationIndexName !== undefined && config.settings.db.iterationIndexName in SEARCH_INDEX;
  const path = config.definitions ?? 'models.yaml';
  if (!existsSync(path)) return withSearch || isConfigured ? { ...TABLE_INDEXES, ...SEARCH_INDEX } : TABLE_INDEXES;
  const issues = new IssueList();
  const files = await readDefinitions(path, issues);
  const customFields = await readCustomFields(config.fieldsFolder, customTypesIn(files), { folder: '.', extension: '.js' });
  const models = readModels(files, customFields, issues);
  for (const issue of issues.sorted()) if (issue.severity === 'error') output.error(formatIssue(issue));
  if (issues.hasErrors) return null;
  return { ...tableIndexesOf(models), ...(withSearch || isConfigured ? SEARCH_INDEX : {}) };
}

/** The credentials of the environment; DynamoDB on this machine takes any. @throws CommandError when there are none */
function credentials(endpoint: string | null): Exclude<DynamoClientOptions['credentials'], () => unknown> {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: sessionToken } = process.env;
  if (accessKeyId && secretAccessKey) return { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) };
  const found = nodePlatform.credentials();
  if (found !== null) return found;
  if (endpoint !== null && /^http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?:[:/]|$)/.test(endpoint))
    return { accessKeyId: 'local', secretAccessKey: 'local' };
  throw new CommandError('no AWS credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or run `aws configure`');
}
