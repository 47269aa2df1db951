import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { FIELD_TYPES } from '../../../src/bao/codegen/field-types.ts';
import { generateFrom } from './definitions.ts';

const page = await readFile(resolve(import.meta.dirname, '../../../docs/design/models-yaml.md'), 'utf8');

it('shows definitions that generate without a word', () => {
  const examples = [...page.matchAll(/```yaml\n([^]*?)```/g)].map(([, text = '']) => text);
  expect(examples.length).toBeGreaterThan(0);
  for (const example of examples) expect(generateFrom(example).messages).toEqual([]);
});

it('lists every field type with its options', () => {
  const rows = new Map([...page.matchAll(/^\| `(\w+Field)` \| (.*?) \|/gm)].map(([, type = '', options = '']) => [type, options]));
  expect([...rows.keys()].toSorted()).toEqual(Object.keys(FIELD_TYPES).toSorted());
  for (const [type, { options }] of Object.entries(FIELD_TYPES)) {
    for (const option of Object.keys(options)) expect(rows.get(type)).toContain(`\`${option}\``);
  }
});
