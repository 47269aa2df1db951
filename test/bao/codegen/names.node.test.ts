import { createContext, runInContext } from 'node:vm';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { BaoModel } from '../../../src/bao/index.ts';
import { quoted } from '../../../src/bao/codegen/literals.ts';
import { INSTANCE_MEMBERS, STATIC_MEMBERS } from '../../../src/bao/codegen/names.ts';
import { nearest } from '../../../src/bao/codegen/nearest.ts';
import { pathOfModel, relationOfField, relationOfIndex } from '../../../src/bao/naming.ts';

it('writes any text as a literal that reads back the same', () => {
  const context = createContext();
  const evaluate = (source: string): unknown => runInContext(source, context);
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => evaluate(quoted(text)) === text));
  for (const text of ["'", '"', '\\', "\\'", '\n', '\u2028', '</script>', '${x}', '`', '\ud800']) expect(evaluate(quoted(text))).toBe(text);
});

it('knows every member of instances and every static that a name could hide', () => {
  const members = [...Object.getOwnPropertyNames(BaoModel.prototype), ...Object.getOwnPropertyNames(Object.prototype)];
  expect(members.filter((name) => !name.startsWith('_') && !INSTANCE_MEMBERS.has(name))).toEqual([]);
  const statics = Object.getOwnPropertyNames(BaoModel).filter((name) => /^(?:query|findBy)./.test(name));
  expect(statics.toSorted()).toEqual([...STATIC_MEMBERS].toSorted());
});

it.each([
  ['BenchmarkResult', 'benchmark-results'],
  ['Category', 'categories'],
  ['Day', 'days'],
  ['Status', 'statuses'],
  ['Box', 'boxes'],
  ['Match', 'matches'],
  ['APIKey', 'api-keys'],
  ['UserV2', 'user-v2s'],
])('makes the path of %s: %s', (name, path) => {
  expect(pathOfModel(name)).toBe(path);
});

it('names relations after fields and indexes', () => {
  expect(['systemId', 'owner', 'Id', 'paid'].map(relationOfField)).toEqual(['system', 'owner', 'Id', 'paid']);
  expect(['resultsForSystem', 'byOwner', 'ForOwner', 'aForBForC'].map(relationOfIndex)).toEqual(['results', 'byOwner', 'ForOwner', 'a']);
});

it('suggests the nearest word, and none that is too far', () => {
  expect(nearest('requierd', ['required', 'defaultValue'])).toBe('required');
  expect(nearest('STRINGFIELD', ['StringField', 'UlidField'])).toBe('StringField');
  expect(nearest('colour', ['required', 'defaultValue'])).toBeUndefined();
});
