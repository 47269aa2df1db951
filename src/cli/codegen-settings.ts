/** What code generation is to do: from the command line, the configuration file, and what the project looks like. */
import { basename, dirname, relative } from 'node:path';
import type { ParseArgsConfig } from 'node:util';
import type { OutputFormat, OutputLanguage } from '../bao/codegen/index.ts';
import { CommandError, type ParsedArguments } from './command.ts';
import { type CommandConfig, readConfigFile } from './config-file.ts';
import { type Project, readProject } from './project.ts';

/** The options that `readCodegenSettings` reads. */
export const CODEGEN_OPTIONS: NonNullable<ParseArgsConfig['options']> = {
  ts: { type: 'boolean' },
  js: { type: 'boolean' },
  module: { type: 'string' },
  manifest: { type: 'string' },
  client: { type: 'string' },
  fields: { type: 'string' },
  import: { type: 'string' },
};

/** Paths are relative to the working folder. */
export interface CodegenSettings {
  /** a file, or a folder of them */
  definitions: string;
  outputFolder: string;
  manifest: string;
  /** the module of clients; null: none */
  client: string | null;
  /** the specifier of the model layer */
  bao: string;
  format: OutputFormat;
  fieldsFolder: string | null;
  /** whether the manifest's folder needs to say that its JavaScript is ES modules */
  marksManifestAsModule: boolean;
  /** the configuration file, if there is one */
  configFile: string | null;
}

/** Reads the configuration file and the project around the working folder. @throws CommandError for options that make no sense */
export async function readCodegenSettings(args: ParsedArguments): Promise<CodegenSettings> {
  const config = readConfigFile();
  const project = await readProject(process.cwd());
  const outputFolder = args.positionals[1] ?? config.modelsFolder ?? 'models';
  const language = languageOf(args, config, project);
  const moduleSystem = moduleSystemOf(args, config, project);
  const manifest = args.text('manifest') ?? config.manifest ?? `.bao/models.${language === 'javascript' ? 'js' : 'ts'}`;
  const client = args.text('client') ?? null;
  for (const [name, file] of [
    ['manifest', manifest],
    ['client', client],
  ] as const)
    checkEnding(name, file, language);
  return {
    definitions: args.positionals[0] ?? config.definitions ?? 'models.yaml',
    outputFolder,
    manifest,
    client,
    bao: args.text('import') ?? project.layer,
    format: { language, moduleSystem, importExtension: !project.isTypeScript || project.allowsTsImports ? '.ts' : '.js' },
    fieldsFolder: args.text('fields') ?? config.fieldsFolder,
    marksManifestAsModule: language === 'javascript' && project.packageType !== 'module' && isFolderOfManifest(manifest, outputFolder),
    configFile: config.file,
  };
}

function languageOf(args: ParsedArguments, config: CommandConfig, project: Project): OutputLanguage {
  if (args.flag('js') && args.flag('ts')) throw new CommandError('--js and --ts exclude each other');
  if (args.flag('js')) return 'javascript';
  if (args.flag('ts')) return 'typescript';
  const manifest = args.text('manifest') ?? config.manifest;
  if (manifest !== null) return /\.m?ts$/.test(manifest) ? 'typescript' : 'javascript';
  if (config.language !== null) return config.language;
  // dynamo-bao's own key, which has a meaning for JavaScript only.
  if (config.moduleSystem !== null) return 'javascript';
  return project.isTypeScript ? 'typescript' : 'javascript';
}

function moduleSystemOf(args: ParsedArguments, config: CommandConfig, project: Project): 'esm' | 'commonjs' {
  const given = args.text('module');
  if (given === 'esm' || given === 'commonjs') return given;
  if (given !== undefined) throw new CommandError(`--module: expected esm or commonjs, got "${given}"`);
  return config.moduleSystem ?? (project.packageType === 'commonjs' ? 'commonjs' : 'esm');
}

function checkEnding(name: string, file: string | null, language: OutputLanguage): void {
  const expected = language === 'javascript' ? ['.js', '.mjs'] : ['.ts', '.mts'];
  if (file === null || expected.some((extension) => file.endsWith(extension))) return;
  const languageName = language === 'javascript' ? 'JavaScript' : 'TypeScript';
  throw new CommandError(`the ${name} of ${languageName} models has to end in ${expected.join(' or ')}, got "${file}"`);
}

/** True for a folder that holds the manifest and nothing of the user's: `.bao`, when the models are not in it. */
function isFolderOfManifest(manifest: string, outputFolder: string): boolean {
  const folder = dirname(manifest);
  return basename(folder) === '.bao' && relative(folder, outputFolder).startsWith('..');
}
