/** Reads definitions files: YAML into the tree that code generation takes, every value with its line and column. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument, type Document, type YAMLMap } from 'yaml';
import type { IssueList, Position, SourceEntry, SourceMap, SourceValue } from '../bao/codegen/index.ts';

/**
 * The definitions at `path`: one file, or every `*.yaml` and `*.yml` of a folder by name (not of folders inside it).
 *
 * @param issues receives what is wrong with the YAML itself; such a file is left out
 * @throws Error when `path` does not exist, can not be read, or is a folder without definitions
 */
export async function readDefinitions(path: string, issues: IssueList): Promise<SourceMap[]> {
  const isFolder = (await stat(path)).isDirectory();
  const files = isFolder ? await definitionsIn(path) : [path];
  if (files.length === 0) throw new Error(`${path}: the folder has no *.yaml or *.yml file`);
  const maps: SourceMap[] = [];
  for (const file of files) {
    const map = parseDefinitions(await readFile(file, 'utf8'), file, issues);
    if (map !== null) maps.push(map);
  }
  return maps;
}

/**
 * One definitions file as a tree. Anchors, aliases and merge keys (`<<`) are resolved.
 *
 * @param file how positions name it
 * @returns null after reporting what is wrong with the YAML
 */
export function parseDefinitions(text: string, file: string, issues: IssueList): SourceMap | null {
  const root = parseYaml(text, file, issues);
  if (root === null || root.kind === 'map') return root;
  issues.error(root.at, 'expected a mapping with the key "models"');
  return null;
}

/** One YAML document as a tree, as `parseDefinitions` makes it; null after reporting what is wrong with the YAML. */
export function parseYaml(text: string, file: string, issues: IssueList): SourceValue | null {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const positionAt = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { file, line, column: col };
  };
  for (const error of document.errors) issues.error(positionAt(error.pos[0]), error.message);
  for (const warning of document.warnings) issues.warning(positionAt(warning.pos[0]), warning.message);
  if (document.errors.length > 0) return null;
  return new TreeBuilder(document, positionAt, issues).build(document.contents);
}

async function definitionsIn(folder: string): Promise<string[]> {
  const names = await readdir(folder);
  return names
    .filter((name) => /\.ya?ml$/.test(name))
    .toSorted()
    .map((name) => join(folder, name));
}

class TreeBuilder {
  readonly #document: Document.Parsed;
  readonly #positionAt: (offset: number) => Position;
  readonly #issues: IssueList;
  /** one value per node, so that aliases of aliases cost nothing; null while a node is being built, to find one inside itself */
  readonly #built = new Map<Node, SourceValue | null>();

  constructor(document: Document.Parsed, positionAt: (offset: number) => Position, issues: IssueList) {
    this.#document = document;
    this.#positionAt = positionAt;
    this.#issues = issues;
  }

  build(node: Node | null): SourceValue {
    if (node === null) return { kind: 'scalar', value: null, at: this.#positionAt(0) };
    const known = this.#built.get(node);
    if (known !== undefined && known !== null) return known;
    const at = this.#positionOf(node);
    if (known === null) {
      this.#issues.error(at, 'an alias refers to a value that it is part of');
      return { kind: 'scalar', value: null, at };
    }
    this.#built.set(node, null);
    const value = this.#convert(node, at);
    this.#built.set(node, value);
    return value;
  }

  #convert(node: Node, at: Position): SourceValue {
    if (isAlias(node)) {
      const target = node.resolve(this.#document);
      return target === undefined ? { kind: 'scalar', value: null, at } : this.build(target);
    }
    if (isMap(node)) return { kind: 'map', entries: this.#entries(node), at };
    if (isSeq(node)) return { kind: 'list', items: node.items.map((item) => this.build(item as Node)), at }; // a parsed list holds nodes
    if (!isScalar(node)) return { kind: 'scalar', value: null, at };
    const { value, source = '' } = node;
    const isPlain = value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
    return { kind: 'scalar', value: isPlain ? value : source, at };
  }

  #entries(map: YAMLMap): Map<string, SourceEntry> {
    const merged = new Map<string, SourceEntry>();
    const own = new Map<string, SourceEntry>();
    // A parsed mapping has nodes for keys and values.
    for (const pair of map.items as Pair<Node, Node | null>[]) {
      const at = this.#positionOf(pair.key);
      const key = isScalar(pair.key) ? String(pair.key.value) : pair.key.toString();
      const value = pair.value === null ? ({ kind: 'scalar', value: null, at } as const) : this.build(pair.value);
      const isMerge = key === '<<' && isScalar(pair.key) && pair.key.type === 'PLAIN';
      if (!isMerge) own.set(key, { at, value });
      else this.#merge(value, merged);
    }
    // A key of the mapping itself goes before a merged one, and stands where the file says it.
    for (const [key, entry] of own) merged.set(key, entry);
    return merged;
  }

  #merge(value: SourceValue, into: Map<string, SourceEntry>): void {
    for (const source of value.kind === 'list' ? value.items : [value]) {
      if (source.kind !== 'map') {
        this.#issues.error(source.at, '"<<" expected a mapping or a list of mappings');
        continue;
      }
      for (const [key, entry] of source.entries) if (!into.has(key)) into.set(key, entry);
    }
  }

  #positionOf(node: Node): Position {
    return this.#positionAt(node.range?.[0] ?? 0);
  }
}
