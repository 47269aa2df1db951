/** A definitions file as a tree in which every value knows where it stands. Made by the command from YAML, so that code generation needs no parser. */

/** A place in a definitions file; `line` and `column` start at 1. */
export interface Position {
  file: string;
  line: number;
  column: number;
}

export type SourceValue = SourceScalar | SourceList | SourceMap;

export interface SourceScalar {
  kind: 'scalar';
  value: string | number | boolean | null;
  at: Position;
}

export interface SourceList {
  kind: 'list';
  items: readonly SourceValue[];
  at: Position;
}

/** A mapping, its keys unique and in the order of the file. */
export interface SourceMap {
  kind: 'map';
  entries: ReadonlyMap<string, SourceEntry>;
  at: Position;
}

export interface SourceEntry {
  /** where the key stands */
  at: Position;
  value: SourceValue;
}

/** One thing a definitions file says. An `error` keeps every file from being written, a `warning` does not. */
export interface DefinitionIssue {
  severity: 'error' | 'warning';
  at: Position;
  message: string;
}

/** Where problems are reported while definitions are read: all of them, not only the first. */
export class IssueList {
  readonly #issues: DefinitionIssue[] = [];

  error(at: Position, message: string): void {
    this.#issues.push({ severity: 'error', at, message });
  }

  warning(at: Position, message: string): void {
    this.#issues.push({ severity: 'warning', at, message });
  }

  get hasErrors(): boolean {
    return this.#issues.some((issue) => issue.severity === 'error');
  }

  /** The issues by file, line and column. */
  sorted(): DefinitionIssue[] {
    return this.#issues.toSorted(
      (one, other) => compareText(one.at.file, other.at.file) || one.at.line - other.at.line || one.at.column - other.at.column,
    );
  }
}

/** "models.yaml:12:5 message", the form that terminals and editors turn into a link. */
export function formatIssue(issue: DefinitionIssue): string {
  const { file, line, column } = issue.at;
  return `${file}:${line}:${column} ${issue.severity === 'warning' ? 'warning: ' : ''}${issue.message}`;
}

function compareText(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
