import { expect, it } from 'vitest';
import { parsePlacement, placeOf } from '../../src/wire/placement.ts';

const RULES =
  '[{"tenants":"eu-*","jurisdiction":"eu","locationHint":"weur"},{"tenants":"acme","locationHint":"oc"},{"locationHint":"enam"}]';

it('finds the place of a tenant by the first rule that fits', () => {
  const placement = parsePlacement(RULES);
  const rules = 'rules' in placement ? placement.rules : expect.unreachable(placement.reason);
  const places = ['eu-bank', 'eu', 'acme', 'acme-2', null].map((tenant) => placeOf(rules, tenant).locationHint);
  expect(places).toEqual(['weur', 'enam', 'oc', 'enam', 'enam']);
  expect(placeOf(rules.slice(0, 2), 'other')).toEqual({});
  expect(placeOf(rules.slice(0, 2), null)).toEqual({});
  expect(parsePlacement('')).toEqual({ rules: [] });
});

it.each([
  ['{', 'must be JSON'],
  ['{}', 'must be a list of rules'],
  ['[{"tenants":"EU-*"}]', 'expected an id, or the begin of ids and *'],
  ['[{"locationHint":"mars"}]', '0.locationHint'],
  ['[{"jurisdiction":"de"}]', '0.jurisdiction'],
  ['[{"place":"eu"}]', 'must be a list of rules'],
])('does not take %s', (text, reason) => {
  expect(parsePlacement(text)).toEqual({ reason: expect.stringContaining(reason) as string });
});
