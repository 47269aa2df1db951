/** `.dev.vars`: the secrets that wrangler hands to the local Worker. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseEnv } from 'node:util';

const HEADER = '# Secrets of the local Worker (npm start makes what is missing). Never commit this file.\n';

/**
 * Adds the variables that are missing in the file and leaves the others as they are. The file is readable by its owner only.
 *
 * @returns all variables of the file, and the names of those added
 */
export function completeDevVars(path: string): { variables: Record<string, string | undefined>; added: string[] } {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : HEADER;
  const present = parseEnv(text);
  const missing = Object.entries(localVariables()).filter(([name]) => present[name] === undefined);
  if (missing.length > 0) {
    const separator = text.endsWith('\n') ? '' : '\n';
    writeFileSync(path, text + separator + missing.map(([name, value]) => `${name}="${value}"\n`).join(''), { mode: 0o600 });
  }
  return { variables: { ...present, ...Object.fromEntries(missing) }, added: missing.map(([name]) => name) };
}

/** Secrets that a Worker on this machine runs with, each time others. */
export function localVariables(): Record<string, string> {
  return {
    // A local DynamoDB asks for credentials and takes any.
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    // Where development servers of web applications usually listen.
    ALLOWED_ORIGINS: 'http://localhost:3000,http://localhost:5173,http://localhost:8080',
    SIGNING_KEYS: `local:${randomBytes(32).toString('base64')}`,
    // Empty, or wrangler complains that there is none.
    MAIL_API_KEY: '',
    ACCESS_TOKEN_KEYS: `local:${generateKeyPairSync('ed25519').privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64')}`,
  };
}
