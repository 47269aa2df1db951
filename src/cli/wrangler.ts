/** How wrangler is run from Node: its own entry file under this Node, without telemetry, update checks and files in the home folder. */
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';

export interface WranglerCommand {
  command: string;
  args: string[];
  env: NodeJS.ProcessEnv;
}

export interface WranglerOutcome {
  /** null when a signal ended it */
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

/**
 * What to spawn for `wrangler <args>`.
 *
 * @param stateDir where wrangler keeps its logs, default ".steamer"
 * @throws Error when wrangler is not installed
 */
export function wranglerCommand(args: readonly string[], stateDir = '.steamer'): WranglerCommand {
  const logs = resolve(stateDir, 'wrangler-logs');
  return {
    command: process.execPath,
    args: [wranglerEntry(), ...args],
    env: {
      ...process.env,
      WRANGLER_SEND_METRICS: 'false',
      WRANGLER_SEND_ERROR_REPORTS: 'false',
      // The banner is what asks the npm registry for a newer version.
      WRANGLER_HIDE_BANNER: 'true',
      WRANGLER_NO_SKILLS_UPDATE_PROMPTS: 'true',
      WRANGLER_LOG_PATH: logs,
      WRANGLER_REGISTRY_PATH: join(logs, 'registry'),
      // Else miniflare fetches a sample of `request.cf` from workers.cloudflare.com, and warns at length when offline.
      CLOUDFLARE_CF_FETCH_ENABLED: 'false',
    },
  };
}

/** Runs `wrangler <args>` to its end and returns what it wrote; a failure is in `exitCode`. */
export function runWrangler(args: readonly string[], stateDir?: string): Promise<WranglerOutcome> {
  const { command, args: commandArgs, env } = wranglerCommand(args, stateDir);
  return new Promise((resolveOutcome, reject) => {
    const child = spawn(command, commandArgs, { env, stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true });
    const outcome = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => (outcome.stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (outcome.stderr += text));
    child.once('error', reject);
    child.once('close', (exitCode) => resolveOutcome({ exitCode, ...outcome }));
  });
}

function wranglerEntry(): string {
  try {
    return join(dirname(createRequire(import.meta.url).resolve('wrangler/package.json')), 'bin', 'wrangler.js');
  } catch (cause) {
    throw new Error('wrangler is not installed: run npm install --save-dev wrangler', { cause });
  }
}
