/** Reads limits.yaml: checked as limits of any origin are, and what is wrong told by line and column. */
import type { IssueList, Position, SourceValue } from '../bao/codegen/index.ts';
import { DEFAULT_LIMITS } from '../wire/limit-defaults.ts';
import { type LimitsDocument, parseLimits } from '../wire/limit-document.ts';
import { parseYaml } from './definitions-file.ts';

/**
 * The limits of a YAML text. Overrides may be for its own policies and for those of `DEFAULT_LIMITS`.
 *
 * @param file how positions name it
 * @returns null after reporting what is wrong
 */
export function parseLimitsFile(text: string, file: string, issues: IssueList): LimitsDocument | null {
  const root = parseYaml(text, file, issues);
  if (root === null) return null;
  const isEmpty = root.kind === 'scalar' && root.value === null;
  const parsed = parseLimits(isEmpty ? {} : plain(root), DEFAULT_LIMITS);
  if ('document' in parsed) return parsed.document;
  for (const { path, reason, kind } of parsed.issues)
    issues.error(positionOf(root, path, kind === 'unknown_field'), `${path === '' ? 'limits' : path.slice(1)}: ${reason}`);
  return null;
}

function plain(value: SourceValue): unknown {
  switch (value.kind) {
    case 'scalar':
      return value.value;
    case 'list':
      return value.items.map(plain);
    case 'map':
      return Object.fromEntries([...value.entries].map(([key, entry]) => [key, plain(entry.value)]));
  }
}

/** Where a JSON Pointer leads, or as far as it leads. @param isKey the key is what is wrong, not its value */
function positionOf(root: SourceValue, pointer: string, isKey: boolean): Position {
  let { at } = root;
  let value: SourceValue | undefined = root;
  for (const part of pointer.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (value?.kind === 'map') {
      const entry = value.entries.get(key);
      at = entry?.at ?? at;
      value = entry?.value;
    } else {
      value = value?.kind === 'list' ? value.items[Number(key)] : undefined;
      at = value?.at ?? at;
    }
  }
  return value?.kind === 'scalar' && value.value !== null && !isKey ? value.at : at;
}
