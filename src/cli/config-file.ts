/** The application's configuration file, as commands read it. */
import { existsSync } from 'node:fs';
import { relative } from 'node:path';
import type { BaoConfig } from '../bao/index.ts';
import { CONFIG_FILES, withConfigFile } from '../bao/node/config-file.ts';
import { CommandError } from './command.ts';

/** What commands read of the configuration. Paths are relative to the working folder. */
export interface CommandConfig {
  /** the file; null: there is none */
  file: string | null;
  /** everything it says, for `initModels` */
  settings: BaoConfig;
  /** a definitions file, or a folder of them */
  definitions: string | null;
  /** the folder of the generated models */
  modelsFolder: string | null;
  manifest: string | null;
  /** the folder of the application's own field types */
  fieldsFolder: string | null;
  moduleSystem: 'esm' | 'commonjs' | null;
  language: 'typescript' | 'javascript' | null;
}

/**
 * Loads the configuration file of the working folder, or the one that DYNAMO_BAO_CONFIG names.
 *
 * @throws ConfigurationError when the named file does not exist or a file can not be loaded, CommandError when it says something unusable
 */
export function readConfigFile(): CommandConfig {
  const settings = withConfigFile({});
  const file = process.env['DYNAMO_BAO_CONFIG'] ?? CONFIG_FILES.find((name) => existsSync(name)) ?? null;
  const text = (section: string, key: string): string | null => {
    const value = (settings[section] as Record<string, unknown> | undefined)?.[key] ?? null; // a section is an object, or has no keys
    if (value === null || (typeof value === 'string' && value !== '')) return value;
    throw new CommandError(`${file}: "${section}.${key}" expected a string, got ${JSON.stringify(value)}`);
  };
  const path = (key: string): string | null => {
    const value = text('paths', key);
    return value === null ? null : relative(process.cwd(), value) || '.';
  };
  const choice = <Word extends string>(key: string, words: readonly Word[]): Word | null => {
    const value = text('codegen', key);
    const word = words.find((candidate) => candidate === value) ?? null;
    if (value === null || word !== null) return word;
    throw new CommandError(`${file}: "codegen.${key}" expected ${words.join(' or ')}, got "${value}"`);
  };
  return {
    file,
    settings,
    definitions: path('modelsDefinitionPath'),
    modelsFolder: path('modelsDir'),
    manifest: path('generatedModelsManifest'),
    fieldsFolder: path('fieldsDir'),
    moduleSystem: choice('moduleSystem', ['esm', 'commonjs']),
    language: choice('language', ['typescript', 'javascript']),
  };
}
