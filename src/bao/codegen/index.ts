/** Code generation: definitions of models in, typed classes and a table profile out. Pure; `src/cli` reads and writes the files. */
export { isGenerated } from './banner.ts';
export { compareModels, type ModelChange } from './compare-models.ts';
export { customTypesIn, generateModels, readModels } from './generate.ts';
export type { FieldType } from './field-types.ts';
export type { OutputFormat, OutputLanguage } from './output-format.ts';
export type { GeneratedModels, GenerateOptions } from './generate.ts';
export { tableIndexesOf } from './table-profile.ts';
export { formatIssue, IssueList } from './source.ts';
export type { Position, SourceEntry, SourceMap, SourceValue } from './source.ts';
