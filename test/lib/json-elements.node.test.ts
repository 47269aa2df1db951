import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { elementTexts } from '../../src/lib/json-elements.ts';

test.each([
  ['[]', []],
  [' [ 1 , 2 ] ', ['1', '2']],
  ['[12345678901234567890, 1.0, -0]', ['12345678901234567890', '1.0', '-0']],
  [
    String.raw`["a,b", "\"]", "\\", {"k": [1, {"x": "}"}]}]`,
    [String.raw`"a,b"`, String.raw`"\"]"`, String.raw`"\\"`, '{"k": [1, {"x": "}"}]}'],
  ],
  ['[[1,2],[3]]', ['[1,2]', '[3]']],
  ['{"a":[1,2]}', null],
  ['"[1,2]"', null],
])('the elements of %s stand as they are written', (json, expected) => {
  expect(elementTexts(json)).toEqual(expected);
});

test('the elements parse to what the array parses to', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue()), fc.constantFrom(undefined, 2), (values, indent) => {
      const elements = elementTexts(JSON.stringify(values, null, indent)) ?? [];
      expect(elements.map((text) => JSON.parse(text) as unknown)).toEqual(JSON.parse(JSON.stringify(values)));
    }),
  );
});
