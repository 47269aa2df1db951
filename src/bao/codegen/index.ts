/** Code generation: definitions of models in, typed classes and a table profile out. Pure; `src/cli` reads and writes the files. */
export { isGenerated } from './banner.ts';
export { generateModels } from './generate.ts';
export type { GeneratedModels } from './generate.ts';
export { formatIssue, IssueList } from './source.ts';
export type { Position, SourceEntry, SourceMap, SourceValue } from './source.ts';
