/** `bao-codegen`: generates typed models from definitions in YAML. */
import { dirname, relative, sep } from 'node:path';
import { parseArgs } from 'node:util';
import { formatIssue, generateModels, IssueList } from '../bao/codegen/index.ts';
import { readDefinitions } from './definitions-file.ts';
import { type FileChanges, writeGenerated } from './generated-files.ts';

const HELP = `bao-codegen [definitions] [output folder] [options]

Generates one typed model per definition, and a manifest of all of them.

  definitions      a YAML file, or a folder of them     default: models.yaml
  output folder    where the models go                  default: models

  --manifest FILE  the manifest                         default: .bao/models.ts
  --import MODULE  what models import the layer from;   default: steamer/bao
                   a relative one is relative to the output folder
  --check          write nothing; fail when a file is missing or out of date
  --help           print this

Files that were not generated are never overwritten. Generated files of models that no longer exist are deleted.`;

/** Where a command prints. */
export interface Output {
  out(line: string): void;
  error(line: string): void;
}

interface CodegenArguments {
  definitions: string;
  outputFolder: string;
  manifest: string;
  bao: string;
  isCheck: boolean;
}

/**
 * Runs the command.
 *
 * @param args what follows the command's name
 * @returns the exit code: 0, or 1 after printing what is wrong, with file, line and column where it concerns the definitions
 */
export async function codegenCommand(args: readonly string[], output: Output): Promise<number> {
  try {
    const parsed = parseArguments(args);
    if (parsed === null) {
      output.out(HELP);
      return 0;
    }
    return await generate(parsed, output);
  } catch (error) {
    output.error(`bao-codegen: ${explain(error)}`);
    return 1;
  }
}

/** The arguments, or null when help is asked for. */
function parseArguments(args: readonly string[]): CodegenArguments | null {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      manifest: { type: 'string', default: '.bao/models.ts' },
      import: { type: 'string', default: 'steamer/bao' },
      check: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return null;
  const [definitions = 'models.yaml', outputFolder = 'models', surplus] = positionals;
  if (surplus !== undefined) throw new Error(`unexpected argument "${surplus}"; see bao-codegen --help`);
  return { definitions, outputFolder, manifest: values.manifest, bao: values.import, isCheck: values.check };
}

async function generate({ definitions, outputFolder, manifest, bao, isCheck }: CodegenArguments, output: Output): Promise<number> {
  const issues = new IssueList();
  const files = await readDefinitions(definitions, issues);
  const modelsOfManifest = specifierFrom(manifest, outputFolder);
  const baoOfManifest = bao.startsWith('.') ? specifierFrom(manifest, `${outputFolder}/${bao}`) : bao;
  const generated = generateModels(files, { bao, baoOfManifest, modelsOfManifest }, issues);
  for (const issue of issues.sorted()) output.error(formatIssue(issue));
  if (generated === null || issues.hasErrors) return 1;
  const changes = await writeGenerated(
    { outputFolder, files: generated.files, manifest: { path: manifest, text: generated.manifest } },
    isCheck,
  );
  const paths = [...changes.written, ...changes.deleted];
  if (isCheck && paths.length > 0) {
    output.error(`out of date: ${paths.join(', ')}; run bao-codegen without --check`);
    return 1;
  }
  output.out(`${counted(generated.models.length, 'model')} from ${definitions}: ${summary(changes)}`);
  return 0;
}

function summary({ written, deleted }: FileChanges): string {
  if (written.length === 0 && deleted.length === 0) return 'nothing changed';
  const parts = written.length === 0 ? [] : [`${counted(written.length, 'file')} written`];
  return [...parts, ...deleted.map((path) => `${path} deleted`)].join(', ');
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** The specifier by which a module in `fromFile` imports `to`, both relative to the working folder. */
function specifierFrom(fromFile: string, to: string): string {
  const path = relative(dirname(fromFile), to).split(sep).join('/') || '.';
  return /^\.{1,2}(?:\/|$)/.test(path) ? path : `./${path}`;
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ('code' in error && error.code === 'ENOENT' && 'path' in error) return `${String(error.path)} does not exist`;
  return error.message;
}
