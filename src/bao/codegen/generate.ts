/** From definitions to the text of every generated file. Pure: files and YAML are the caller's. */
import { checkModels } from './check-models.ts';
import type { ModelDefinition } from './definitions.ts';
import { emitManifest } from './emit-manifest.ts';
import { emitModel } from './emit-model.ts';
import { fileNameOf } from './names.ts';
import { parseModels } from './parse-models.ts';
import type { IssueList, SourceMap } from './source.ts';

/** Module specifiers, as generated files write them. */
export interface GenerateOptions {
  /** the model layer as the models import it, "steamer/bao" */
  bao: string;
  /** the model layer as the manifest imports it */
  baoOfManifest: string;
  /** the folder of the models as the manifest imports it, "./models" */
  modelsOfManifest: string;
}

export interface GeneratedModels {
  /** one file per model: a name such as "benchmark-result.ts", and its text */
  files: { name: string; text: string }[];
  manifest: string;
  models: ModelDefinition[];
}

/**
 * Generates the models of several definitions files.
 *
 * @param files in the order in which later definitions of a model replace earlier ones
 * @param issues receives everything that is wrong, not only the first
 * @returns null when there are errors
 */
export function generateModels(files: readonly SourceMap[], options: GenerateOptions, issues: IssueList): GeneratedModels | null {
  const models = parseModels(files, issues);
  checkModels(models, namesIn(files), issues);
  if (issues.hasErrors) return null;
  return {
    files: models.map((model) => ({ name: `${fileNameOf(model.name)}.ts`, text: emitModel(model, models, options.bao) })),
    manifest: emitManifest(models, { bao: options.baoOfManifest, models: options.modelsOfManifest }),
    models,
  };
}

/** The names of all models, those with errors of their own included, so that relations to them are not reported as well. */
function namesIn(files: readonly SourceMap[]): string[] {
  return files.flatMap((file) => {
    const models = file.entries.get('models')?.value;
    return models?.kind === 'map' ? [...models.entries.keys()] : [];
  });
}
