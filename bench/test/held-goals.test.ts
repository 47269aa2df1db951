import assert from 'node:assert/strict';
import { test } from 'node:test';
import { holdsGoals } from '../harness/held-goals.ts';

const goal = (metric: string, isMet: boolean) => ({ metric, isMet });

test('a run fails by any goal', () => {
  assert.equal(holdsGoals([goal('calls', true), goal('requestsPerSec', true)], false), true);
  assert.equal(holdsGoals([goal('requestsPerSec', false)], false), false);
});

test('a quick run is too short to time anything, and fails by what has been counted alone', () => {
  assert.equal(holdsGoals([goal('requestsPerSec', false), goal('calls', true)], true), true);
  for (const metric of ['calls', 'maxCallsInFlight', 'out of order', 'stale accepts'])
    assert.equal(holdsGoals([goal(metric, false)], true), false);
});
