import { describe, expect, it } from 'vitest';
import { generateWith } from './definitions.ts';

const DEFINITIONS = `
models:
  Note:
    modelPrefix: no
    iterable: true
    searchable: { fields: [text] }
    softDelete: deletedAt
    fields:
      noteId: { type: UlidField, autoAssign: true }
      text: { type: StringField }
      deletedAt: { type: DateTimeField }
    primaryKey: { partitionKey: noteId }
    indexes:
      notesByText: { partitionKey: text, sortKey: noteId, indexId: gsi1, projection: keys }
  Tag:
    modelPrefix: ta
    fields:
      tagId: { type: StringField }
    primaryKey: { partitionKey: tagId }
`;

/** The lines of a generated file that import something for what it does. */
function effectsOf(bao: string, file: string, moduleSystem: 'esm' | 'commonjs' | null = null): string[] {
  const format = moduleSystem && { language: 'javascript' as const, moduleSystem, importExtension: '.js' as const };
  const { generated, messages } = generateWith({ bao, ...(format ? { format } : {}) }, DEFINITIONS);
  expect(messages).toEqual([]);
  const text = generated?.files.find(({ name }) => name.startsWith(`${file}.`))?.text ?? '';
  return text.split('\n').filter((line) => /^(import|require\() ?'/.test(line));
}

describe('models over the core of the layer', () => {
  it('import the parts that they ask for', () => {
    const parts = ['index-projections', 'iteration-keys', 'search-text', 'soft-delete'];

    expect(effectsOf('steamer/bao/core', 'note')).toEqual(parts.map((part) => `import 'steamer/bao/${part}';`));
    expect(effectsOf('../bao/core.ts', 'note')).toEqual(parts.map((part) => `import '../bao/${part}.ts';`));
    expect(effectsOf('steamer/bao/core', 'note', 'esm')).toEqual(parts.map((part) => `import 'steamer/bao/${part}';`));
    expect(effectsOf('steamer/bao/core', 'note', 'commonjs')).toEqual(parts.map((part) => `require('steamer/bao/${part}');`));
  });

  it('import nothing that they do not ask for, and nothing where the layer has all of it', () => {
    expect(effectsOf('steamer/bao/core', 'tag')).toEqual([]);
    expect(effectsOf('steamer/bao', 'note')).toEqual([]);
    expect(effectsOf('score', 'note')).toEqual([]);
  });
});
