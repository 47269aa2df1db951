/** Random items and conditions, of few names and values so that they meet. */
import fc from 'fast-check';
import type { AttributeMap, AttributeValue } from '../../../src/dynamo/types.ts';

const TEXTS = ['', 'a', 'ab', 'abc', 'b', 'é', '\u{ffff}', '\u{1f680}', 'a\u{1f680}'];
const NUMBERS = [
  '0',
  '1',
  '-1',
  '2',
  '10',
  '9',
  '0.5',
  '-0.5',
  '1234567890123456789012345678901234567',
  '12345678901234567890123456789012345678',
  '12345678901234567890123456789012345679',
  '-12345678901234567890123456789012345678',
  '0.00000000000000000000000000000000000001',
  '10000000000000000000000000000000000000000',
];
const BINARIES = ['', 'AA==', 'AAE=', 'AQ==', '/w==', 'gA==', 'fw==', 'AAEC'];
const NAMES = ['a', 'b', 'c'];

const text = fc.constantFrom(...TEXTS);
const number = fc.constantFrom(...NUMBERS);
const binary = fc.constantFrom(...BINARIES);
const scalar: fc.Arbitrary<AttributeValue> = fc.oneof(
  text.map((S) => ({ S })),
  number.map((N) => ({ N })),
  binary.map((B) => ({ B })),
  fc.boolean().map((BOOL) => ({ BOOL })),
  fc.constant({ NULL: true } as const),
);
const set: fc.Arbitrary<AttributeValue> = fc.oneof(
  fc.uniqueArray(text, { minLength: 1, maxLength: 3 }).map((SS) => ({ SS })),
  fc.uniqueArray(number, { minLength: 1, maxLength: 3 }).map((NS) => ({ NS })),
  fc.uniqueArray(binary, { minLength: 1, maxLength: 3 }).map((BS) => ({ BS })),
);
const value: fc.Arbitrary<AttributeValue> = fc.letrec<{ value: AttributeValue; list: AttributeValue; map: AttributeValue }>((tie) => ({
  value: fc.oneof({ depthSize: 'small', withCrossShrink: true }, scalar, scalar, set, tie('list'), tie('map')),
  list: fc.array(tie('value'), { maxLength: 3 }).map((L) => ({ L })),
  map: fc.dictionary(fc.constantFrom(...NAMES), tie('value'), { maxKeys: 3 }).map((M) => ({ M })),
})).value;

/** The attributes of an item besides its keys. */
export const attributes: fc.Arbitrary<AttributeMap> = fc.dictionary(fc.constantFrom(...NAMES), value, { maxKeys: 3 });

/** An expression before its values have names: text, and values to put between. */
type Draft = readonly (string | AttributeValue)[];

const step = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...NAMES).map((name) => `.${name}`) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 2 }).map((at) => `[${at}]`) },
);
const path: fc.Arbitrary<string> = fc
  .tuple(fc.constantFrom('a', 'b', 'c', '#a', '#b'), fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, fc.array(step, { maxLength: 2 })))
  .map(([name, steps]) => name + steps.join(''));
const pathDraft = path.map((one): Draft => [one]);
const literal = value.map((one): Draft => [one]);
const orderedLiteral = fc
  .oneof(
    text.map((S) => ({ S })),
    number.map((N) => ({ N })),
    binary.map((B) => ({ B })),
  )
  .map((one): Draft => [one]);
const sizeDraft = path.map((one): Draft => [`size(${one})`]);
const operand: fc.Arbitrary<Draft> = fc.oneof({ weight: 4, arbitrary: pathDraft }, { weight: 4, arbitrary: literal }, sizeDraft);
/** What mostly stands on the left, and what mostly on the right; a tenth is anything, much of which DynamoDB refuses. */
const subject = fc.oneof({ weight: 8, arbitrary: pathDraft }, { weight: 2, arbitrary: sizeDraft }, operand);
const object = fc.oneof({ weight: 7, arbitrary: orderedLiteral }, { weight: 2, arbitrary: pathDraft }, operand);
const equality = fc
  .tuple(subject, fc.constantFrom(' = ', ' <> '), operand)
  .map(([left, comparator, right]): Draft => [...left, comparator, ...right]);
const comparison = fc
  .tuple(subject, fc.constantFrom(' < ', ' <= ', ' > ', ' >= '), object)
  .map(([left, comparator, right]): Draft => [...left, comparator, ...right]);
const between = fc.tuple(subject, object, object).map(([one, low, high]): Draft => [...one, ' BETWEEN ', ...low, ' AND ', ...high]);
const isIn = fc
  .tuple(subject, fc.array(operand, { minLength: 1, maxLength: 3 }))
  .map(([one, list]): Draft => [...one, ' IN (', ...list.flatMap((member, at) => (at === 0 ? member : [', ', ...member])), ')']);
const exists = fc.tuple(fc.constantFrom('attribute_exists', 'attribute_not_exists'), path).map(([name, one]): Draft => [`${name}(${one})`]);
const type = fc
  .tuple(path, fc.constantFrom('S', 'N', 'B', 'BOOL', 'NULL', 'M', 'L', 'SS', 'NS', 'BS'))
  .map(([one, name]): Draft => [`attribute_type(${one}, `, { S: name }, ')']);
const call = fc
  .tuple(fc.constantFrom('begins_with', 'contains'), pathDraft, fc.oneof(object, literal))
  .map(([name, one, other]): Draft => [`${name}(`, ...one, ', ', ...other, ')']);
const term = fc.oneof(equality, comparison, between, isIn, exists, type, call, call);
const condition: fc.Arbitrary<Draft> = fc.letrec<{ condition: Draft }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 3 },
    term,
    fc.tuple(tie('condition'), fc.constantFrom('AND', 'OR', 'and', 'Or'), tie('condition')).map(([left, word, right]) => {
      return [...left, ` ${word} `, ...right];
    }),
    tie('condition').map((one) => ['NOT ', ...one]),
    tie('condition').map((one) => ['(', ...one, ')']),
  ),
})).condition;

/** A condition with what its aliases and values stand for. */
export interface RandomCondition {
  expression: string;
  names: Record<string, string>;
  values: AttributeMap;
}

export const conditions: fc.Arbitrary<RandomCondition> = condition.map((draft) => {
  const values: AttributeMap = {};
  const expression = draft
    .map((part) => {
      if (typeof part === 'string') return part;
      const name = `:v${Object.keys(values).length}`;
      values[name] = part;
      return name;
    })
    .join('');
  const aliases = ['#a', '#b'].filter((alias) => expression.includes(alias));
  return { expression, names: Object.fromEntries(aliases.map((alias) => [alias, alias.slice(1)])), values };
});

/** Some paths of a projection; they may overlap. */
export const projections: fc.Arbitrary<string> = fc
  .array(path, { minLength: 1, maxLength: 3 })
  .map((paths) => paths.join(', ').replaceAll('#', ''));
