/** `bao-codegen`: generates typed models from definitions in YAML. */
import { access, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { customTypesIn, formatIssue, generateModels, IssueList, type OutputFormat } from '../bao/codegen/index.ts';
import { CODEGEN_OPTIONS, type CodegenSettings, readCodegenSettings } from './codegen-settings.ts';
import { type Command, type Output, runCommand } from './command.ts';
import { importedPath, readCustomFields } from './custom-fields.ts';
import { readDefinitions } from './definitions-file.ts';
import { type FileChanges, writeGenerated } from './generated-files.ts';
import { specifierFrom } from './specifier.ts';

const HELP = `bao-codegen [definitions] [output folder] [options]

Generates a typed model for each definition, and a manifest of all of them.

  definitions      a YAML file, or a folder of them     default: models.yaml
  output folder    where the models go                  default: models

  --ts, --js       TypeScript, or JavaScript with declaration files;
                   default: TypeScript where there is a tsconfig.json
  --module SYSTEM  of JavaScript models: esm, or commonjs. default: esm, unless
                   package.json says "type": "commonjs". The manifest is always
                   an ES module, which bundlers and Workers need
  --manifest FILE  the manifest         default: .bao/models.ts or .bao/models.js
  --client FILE    a module for clients, which needs nothing of the models but
                   types: createClient, typed, and System, SystemCreate,
                   SystemUpdate of a model System. default: none
  --fields FOLDER  field types of your own: EmailField in email-field.js
  --import MODULE  what models import the layer from; a relative one is relative
                   to the output folder. default: steamer/bao, or dynamo-bao
                   where package.json depends on that name
  --check, --dry-run
                   write nothing and say what would change; --check fails when
                   a file is missing or out of date
  --help           print this

Files that were not generated are never overwritten. Generated files of models
that no longer exist are deleted.

What the command line leaves out is read from dynamo-bao.config.js (.mjs, .cjs,
.ts), or the file that DYNAMO_BAO_CONFIG names: paths.modelsDefinitionPath,
paths.modelsDir, paths.fieldsDir, paths.generatedModelsManifest,
codegen.moduleSystem, codegen.language.`;

/** The command. */
export const CODEGEN: Command = {
  name: 'bao-codegen',
  help: HELP,
  options: { ...CODEGEN_OPTIONS, check: { type: 'boolean' }, 'dry-run': { type: 'boolean' } },
  maxPositionals: 2,
  run: async (args, output) => {
    const mode = args.flag('check') ? 'check' : args.flag('dry-run') ? 'dry-run' : 'write';
    return (await generate(await readCodegenSettings(args), mode, output)) ? 0 : 1;
  },
};

/**
 * Runs the command.
 *
 * @param args what follows the command's name
 * @returns the exit code: 0, or 1 after printing what is wrong, with file, line and column where it concerns the definitions
 */
export function codegenCommand(args: readonly string[], output: Output): Promise<number> {
  return runCommand(CODEGEN, args, output);
}

/**
 * Generates everything once, and prints what came of it.
 *
 * @param changedAtMs loads custom fields again that may have changed since they were loaded; 0: not
 * @returns whether all is well
 * @throws CommandError, or an error of the file system
 */
export async function generate(
  settings: CodegenSettings,
  mode: 'write' | 'dry-run' | 'check',
  output: Output,
  changedAtMs = 0,
): Promise<boolean> {
  const { definitions, outputFolder, manifest, client, bao, format, fieldsFolder } = settings;
  const issues = new IssueList();
  const files = await readDefinitions(definitions, issues);
  const importer = { folder: outputFolder, extension: format.language === 'javascript' ? '.js' : format.importExtension };
  const options = {
    format,
    customFields: await readCustomFields(fieldsFolder, customTypesIn(files), importer, changedAtMs),
    bao,
    baoOfManifest: bao.startsWith('.') ? specifierFrom(dirname(manifest), join(outputFolder, bao)) : bao,
    modelsOfManifest: specifierFrom(dirname(manifest), outputFolder),
    manifestOfClient: client === null ? null : importedModule(specifierFrom(dirname(client), manifest), format),
    resolveModule: (path: string, file: string) => importedPath(importer, join(dirname(file), path)),
  };
  const generated = generateModels(files, options, issues);
  for (const issue of issues.sorted()) output.error(formatIssue(issue));
  if (generated === null || issues.hasErrors) return false;
  const modules = [
    ...moduleFilesOf(manifest, generated.manifest),
    ...(client !== null && generated.client !== null ? moduleFilesOf(client, generated.client) : []),
  ];
  const changes = await writeGenerated({ outputFolder, files: generated.files, modules }, mode !== 'write');
  if (mode === 'write' && settings.marksManifestAsModule) await markAsModule(dirname(manifest));
  const paths = [...changes.written, ...changes.deleted];
  if (mode === 'check' && paths.length > 0) {
    output.error(`out of date: ${paths.join(', ')}; run bao-codegen without --check`);
    return false;
  }
  if (mode === 'dry-run') printDryRun(changes, output);
  output.out(`${counted(generated.models.length, 'model')} from ${definitions}: ${summary(changes, mode === 'dry-run')}`);
  return true;
}

/** TypeScript names its neighbours as the project's compiler allows. */
function importedModule(specifier: string, { language, importExtension }: OutputFormat): string {
  return language === 'typescript' && importExtension === '.js' ? specifier.replace(/\.(m?)ts$/, '.$1js') : specifier;
}

function moduleFilesOf(
  path: string,
  { code, declarations }: { code: string; declarations: string | null },
): { path: string; text: string }[] {
  const own = { path, text: code };
  return declarations === null ? [own] : [own, { path: path.replace(/\.(m?)js$/, '.d.$1ts'), text: declarations }];
}

/** Tells Node that the JavaScript in the folder is ES modules, whatever the package around it says. */
async function markAsModule(folder: string): Promise<void> {
  const path = join(folder, 'package.json');
  const isThere = await access(path).then(
    () => true,
    () => false,
  );
  if (!isThere) await writeFile(path, '{ "type": "module" }\n');
}

function printDryRun({ written, deleted }: FileChanges, output: Output): void {
  for (const path of written) output.out(`would write ${path}`);
  for (const path of deleted) output.out(`would delete ${path}`);
}

function summary({ written, deleted }: FileChanges, isDryRun: boolean): string {
  if (written.length === 0 && deleted.length === 0) return isDryRun ? 'nothing would change' : 'nothing changed';
  if (isDryRun) return 'nothing was written';
  const parts = written.length === 0 ? [] : [`${counted(written.length, 'file')} written`];
  return [...parts, ...deleted.map((path) => `${path} deleted`)].join(', ');
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
