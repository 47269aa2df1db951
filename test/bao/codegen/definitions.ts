/** Definitions for tests: from text in the test to what code generation makes of it. */
import {
  formatIssue,
  type GeneratedModels,
  type GenerateOptions,
  generateModels,
  IssueList,
  type SourceMap,
} from '../../../src/bao/codegen/index.ts';
import { parseDefinitions } from '../../../src/cli/definitions-file.ts';

const OPTIONS: GenerateOptions = {
  format: { language: 'typescript', moduleSystem: 'esm', importExtension: '.ts' },
  customFields: {},
  bao: 'steamer/bao',
  baoOfManifest: 'steamer/bao',
  modelsOfManifest: './models',
  manifestOfClient: null,
  resolveModule: (path) => path,
};

/** What generation makes of the texts, and its messages as "models.yaml:3:5 …" (later files are "models-2.yaml" and so on). */
export function generateFrom(...texts: string[]): { generated: GeneratedModels | null; messages: string[] } {
  return generateWith({}, ...texts);
}

/** The same with some options of its own. */
export function generateWith(
  options: Partial<GenerateOptions>,
  ...texts: string[]
): { generated: GeneratedModels | null; messages: string[] } {
  const issues = new IssueList();
  const files = texts
    .map((text, index) => parseDefinitions(text, index === 0 ? 'models.yaml' : `models-${index + 1}.yaml`, issues))
    .filter((file): file is SourceMap => file !== null);
  const generated = generateModels(files, { ...OPTIONS, ...options }, issues);
  return { generated, messages: issues.sorted().map(formatIssue) };
}
