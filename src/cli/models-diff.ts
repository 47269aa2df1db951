/** `steamer models diff`: what changes of the definitions mean for a table that has rows. */
import { execFile } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import {
  compareModels,
  customTypesIn,
  formatIssue,
  IssueList,
  type ModelChange,
  readModels,
  type SourceMap,
} from '../bao/codegen/index.ts';
import { CommandError } from './accounts-database.ts';
import { readConfigFile } from './config-file.ts';
import { readCustomFields } from './custom-fields.ts';
import { parseDefinitions, readDefinitions } from './definitions-file.ts';

export interface ModelsDiffOptions {
  /** a file or a folder; default: models.yaml, or what dynamo-bao.config.js says */
  definitions?: string | undefined;
  /** what they were: a version in git, or a file or folder */
  against: string;
  /** models that have no rows yet: nothing breaks for them, and nothing has to be written again */
  withoutRows: readonly string[];
}

const run = promisify(execFile);

/** @throws CommandError for definitions that are wrong, and for a version that there is not */
export async function modelsDiff({ definitions, against, withoutRows }: ModelsDiffOptions): Promise<ModelChange[]> {
  const config = readConfigFile();
  const path = definitions ?? config.definitions ?? 'models.yaml';
  const issues = new IssueList();
  const files = await readDefinitions(path, issues);
  const former = existsSync(against) ? await readDefinitions(against, issues) : await definitionsInGit(against, path, issues);
  const types = [...customTypesIn(files), ...customTypesIn(former)];
  const customFields = await readCustomFields(config.fieldsFolder, [...new Set(types)], { folder: '.', extension: '.js' });
  const [before, after] = [former, files].map((all) => readModels(all, customFields, issues));
  const errors = issues.sorted().filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new CommandError(errors.map(formatIssue).join('\n'));
  return compareModels(before ?? [], after ?? []).filter(
    ({ kind, model }) => kind === 'table' || kind === 'clients' || !withoutRows.includes(model),
  );
}

/** What has to be done before and after the deployment; "" when nothing has. */
export function describeChanges(changes: readonly ModelChange[]): string {
  return changes.map(({ kind, model, at, message }) => `${at.file}:${at.line}:${at.column} ${kind}: ${model}: ${message}`).join('\n');
}

/** 1 where something breaks; 2 with `isStrict` where the table or its rows have to be brought up to date; else 0. */
export function exitCodeOf(changes: readonly ModelChange[], isStrict: boolean): number {
  if (changes.some(({ kind }) => kind === 'breaks')) return 1;
  return isStrict && changes.some(({ kind }) => kind !== 'clients') ? 2 : 0;
}

async function definitionsInGit(version: string, path: string, issues: IssueList): Promise<SourceMap[]> {
  if (version.startsWith('-')) throw new CommandError(`--against: expected a version in git, a file or a folder, got "${version}"`);
  const git = async (...args: string[]): Promise<string> => {
    try {
      return (await run('git', args, { maxBuffer: 64 * 1024 * 1024 })).stdout;
    } catch (error) {
      const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim().split('\n')[0] : String(error);
      throw new CommandError(`--against: "${version}" is no file, and git has no ${path} of it: ${said}`);
    }
  };
  const isFolder = statSync(path).isDirectory();
  const listed = isFolder ? (await git('ls-tree', '--name-only', version, `${path}/`)).split('\n') : [path];
  const names = isFolder ? listed.filter((name) => /\.ya?ml$/.test(name)).map((name) => join(path, basename(name))) : listed;
  const texts = await Promise.all(names.map(async (name) => [name, await git('show', `${version}:./${name}`)] as const));
  return texts.flatMap(([name, text]) => parseDefinitions(text, `${version}:${name}`, issues) ?? []);
}
