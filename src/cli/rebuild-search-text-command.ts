/** `bao-rebuild-search-text`: gives the rows of a model the search text that the model asks for now. */
import { join } from 'node:path';
import { SEARCH_INDEX_NAME } from '../bao/constants.ts';
import { initModels, runWithBatchContext, TenantContext } from '../bao/node/index.ts';
import { type RebuildStep, rebuildSearchText } from '../bao/rebuild-search-text.ts';
import { CommandError, type Output, type ParsedArguments, runCommand } from './command.ts';
import { progressBar, type ProgressStream } from './progress-bar.ts';
import { type Progress, type ResumeFile, resumeFile } from './resume-file.ts';

type Manager = ReturnType<typeof initModels>;
type Model = ReturnType<Manager['getModel']>;

const HELP = `bao-rebuild-search-text <Model> [options]

Walks over all rows of a searchable model, and rewrites those whose search text (or a key of an index) is not what the model makes
of their fields: after a model was made searchable, or its searchable fields were changed. Rows that are right are only read.
The walk goes through the iteration index; rows that were written before the model was iterable are not in it.

The configuration and the models are those of initModels: dynamo-bao.config.js, its manifest or folder of models, .bao/models.js.

  --dry-run         write nothing; count the rows that would be rewritten
  --restart         begin anew, also where an earlier run was interrupted
  --tenant NAME     the rows of this tenant
  --table NAME      the table; default: the configuration's
  --manifest FILE   the module that exports the models; default: the configuration's
  --buckets NUMBER  buckets that are read at the same time          default: 4
  --batch NUMBER    rows that are rewritten at the same time        default: 25
  --help            print this

Ctrl-C ends it after the rows at hand; the same command goes on there.`;

const EXIT_INTERRUPTED = 130;
const SAVE_AFTER_MS = 1000;
const NOTHING = { cursor: null, seen: 0, changed: 0, failed: 0 };

/**
 * Runs the command.
 *
 * @param args what follows the command's name
 * @param stream shows the progress
 * @param signal ends it after the page at hand
 * @returns the exit code: 0, 1 after printing what is wrong, or 130 when it was interrupted
 */
export function rebuildSearchTextCommand(
  args: readonly string[],
  output: Output,
  stream: ProgressStream,
  signal: AbortSignal,
): Promise<number> {
  return runCommand(
    {
      name: 'bao-rebuild-search-text',
      help: HELP,
      options: {
        'dry-run': { type: 'boolean' },
        restart: { type: 'boolean' },
        tenant: { type: 'string' },
        table: { type: 'string' },
        manifest: { type: 'string' },
        buckets: { type: 'string' },
        batch: { type: 'string' },
      },
      maxPositionals: 1,
      run: (parsed) => rebuild(parsed, output, stream, signal),
    },
    args,
    output,
  );
}

async function rebuild(args: ParsedArguments, output: Output, stream: ProgressStream, signal: AbortSignal): Promise<number> {
  const manager = configuredModels(args);
  const model = modelOf(manager, args.positionals[0]);
  const tenant = args.text('tenant') ?? manager.getTenantId();
  if (tenant === null && manager.isTenancyEnabled()) throw new CommandError('tenancy is enabled: name the tenant by --tenant');
  const options = { dryRun: args.flag('dry-run'), concurrency: countOf(args, 'buckets', 4), batchSize: countOf(args, 'batch', 25) };
  if (manager.getIterationIndexName() !== SEARCH_INDEX_NAME)
    output.error(`note: searches need db.iterationIndexName to be "${SEARCH_INDEX_NAME}" in the configuration`);
  const file = fileOf(manager, model, tenant);
  if (args.flag('restart')) await file.remove();
  const earlier = options.dryRun ? null : await file.read();
  if (earlier) output.out(`going on where an earlier run ended, after ${earlier.seen} rows; --restart begins anew`);
  const steps = () => rebuildSearchText(model, { ...options, cursor: earlier?.cursor ?? null });
  const following = { model, output, file: options.dryRun ? null : file, earlier, stream, signal };
  const walk = () => runWithBatchContext(() => followed(steps(), following));
  const { seen, changed, failed, isWhole } = await TenantContext.runWithTenant(tenant, walk);
  const counts = `${seen} rows seen, ${changed} ${options.dryRun ? 'would be rewritten' : 'rewritten'}`;
  output.out(`${model.name}: ${counts}${failed === 0 ? '' : `, ${failed} left as they were`}${isWhole ? '' : '; interrupted'}`);
  if (!isWhole) return EXIT_INTERRUPTED;
  return failed === 0 ? 0 : 1;
}

interface Following {
  model: Model;
  output: Output;
  /** where the progress is kept; null: nowhere */
  file: ResumeFile | null;
  earlier: Progress | null;
  stream: ProgressStream;
  signal: AbortSignal;
}

/** What came of all steps, those of earlier runs included. */
interface Outcome extends Omit<Progress, 'cursor'> {
  isWhole: boolean;
}

/** Takes the steps until the end or an interruption, shows them, and keeps where they have come to. */
async function followed(steps: AsyncIterable<RebuildStep>, following: Following): Promise<Outcome> {
  const { model, output, file, earlier, stream, signal } = following;
  const buckets = model.getIterationBuckets();
  const bar = progressBar(stream, buckets);
  let { cursor, seen, changed, failed }: Omit<Progress, 'cursor'> & { cursor: string | null } = earlier ?? NOTHING;
  let savedAtMs = Date.now();
  const save = async () => {
    savedAtMs = Date.now();
    if (cursor !== null) await file?.write({ cursor, seen, changed, failed });
  };
  try {
    for await (const step of steps) {
      seen += step.seen;
      changed += step.rewritten;
      failed += step.failures.length;
      cursor = step.cursor;
      for (const { primaryId, error } of step.failures) output.error(`${model.name} ${primaryId}: ${error.message}`);
      bar.update(buckets - step.bucketsLeft, `${model.name}: ${seen} rows, ${changed} outdated`);
      if (signal.aborted) break;
      if (Date.now() - savedAtMs >= SAVE_AFTER_MS) await save();
    }
  } finally {
    bar.finish();
    await save();
    if (file && cursor !== null) output.error('the same command goes on where this run ended');
  }
  if (cursor === null) await file?.remove();
  return { seen, changed, failed, isWhole: cursor === null };
}

function configuredModels(args: ParsedArguments): Manager {
  const table = args.text('table');
  const manifest = args.text('manifest');
  return initModels({
    ...(table === undefined ? {} : { db: { tableName: table } }),
    ...(manifest === undefined ? {} : { paths: { generatedModelsManifest: manifest } }),
  });
}

function modelOf(manager: Manager, name: string | undefined): Model {
  const searchable = manager.getModels().filter((model) => model.searchable);
  const choice = searchable.length === 0 ? 'no model is searchable' : searchable.map((model) => model.name).join(', ');
  if (name === undefined) throw new CommandError(`which model? Searchable: ${choice}`);
  if (!manager.knows(name)) throw new CommandError(`there is no model "${name}". Searchable: ${choice}`);
  return manager.getModel(name);
}

/** The search's configuration is part of the walk: what was rewritten for another one is not right. */
function fileOf(manager: Manager, model: Model, tenant: string | null): ResumeFile {
  const { searchConfig, modelPrefix, fields, indexes } = model;
  const declared = { searchConfig, modelPrefix, fields: Object.keys(fields), indexes };
  const owner = tenant === null ? '' : `-${encodeURIComponent(tenant)}`;
  return resumeFile(join('.bao', `rebuild-search-text-${model.name}${owner}.json`), { table: manager.tableName, tenant, ...declared });
}

function countOf(args: ParsedArguments, option: string, usual: number): number {
  const text = args.text(option);
  if (text === undefined) return usual;
  if (/^[1-9][0-9]{0,3}$/.test(text)) return Number(text);
  throw new CommandError(`--${option}: expected a number from 1 to 9999, got "${text}"`);
}
