/** Credentials from the files of the AWS command line. */
import { readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { AwsCredentials } from '../../dynamo/index.ts';
import type { Variables } from '../platform.ts';

/** A file as it was read last. It is read again once it has changed: tools write short-lived credentials into it. */
interface KnownFile {
  changedAtMs: number;
  text: string;
}

const known = new Map<string, KnownFile>();

/**
 * The access key of the profile AWS_PROFILE ("default" without it), from `~/.aws/credentials`, else from `~/.aws/config`; null when
 * neither has one. AWS_SHARED_CREDENTIALS_FILE and AWS_CONFIG_FILE name other files.
 *
 * Profiles that name a role, a process or single sign-on have no key: pass `aws.credentials` a function of the AWS SDK for those.
 *
 * @see https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-files.html
 */
export function profileCredentials(variables: Variables): AwsCredentials | null {
  const { AWS_PROFILE: profile = 'default' } = variables;
  const folder = join(homedir(), '.aws');
  const inCredentials = sectionOf(variables['AWS_SHARED_CREDENTIALS_FILE'] ?? join(folder, 'credentials'), [profile]);
  return (
    credentialsIn(inCredentials) ??
    credentialsIn(sectionOf(variables['AWS_CONFIG_FILE'] ?? join(folder, 'config'), [profile, `profile ${profile}`]))
  );
}

function credentialsIn(section: ReadonlyMap<string, string>): AwsCredentials | null {
  const accessKeyId = section.get('aws_access_key_id');
  const secretAccessKey = section.get('aws_secret_access_key');
  const sessionToken = section.get('aws_session_token');
  if (!accessKeyId || !secretAccessKey) return null;
  return { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) };
}

/** The keys of the sections of one of the names; none when there is no such file. */
function sectionOf(path: string, names: readonly string[]): Map<string, string> {
  const keys = new Map<string, string>();
  let isOurs = false;
  for (const line of textOf(path).split(/\r?\n/)) {
    const section = /^\s*\[\s*([^\]]+?)\s*\]/.exec(line)?.[1];
    if (section !== undefined) isOurs = names.includes(section);
    const [, key, value] = /^\s*([^#;=\s][^=\s]*)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (isOurs && section === undefined && key !== undefined && value !== undefined) keys.set(key, value);
  }
  return keys;
}

function textOf(path: string): string {
  const changedAtMs = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  if (changedAtMs === undefined) return '';
  const last = known.get(path);
  if (last?.changedAtMs === changedAtMs) return last.text;
  const text = readFileSync(path, 'utf8');
  known.set(path, { changedAtMs, text });
  return text;
}
