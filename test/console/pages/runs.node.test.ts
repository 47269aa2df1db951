import { expect, it } from 'vitest';
import { shortName, spansOf, type RunEvent, type Step } from '../../../console/pages/workflows/run.ts';

const at = (second: number) => new Date(second * 1000).toISOString();
const event = (eventType: string, correlationId: string, second: number): RunEvent => {
  return { eventId: `${eventType} ${correlationId}`, eventType, correlationId, createdAt: at(second) };
};

it('a run is what its steps, sleeps and hooks were, in the order in which they began', () => {
  const step: Step = {
    stepId: 's1',
    stepName: 'step//./orders.ts//charge',
    status: 'failed',
    attempt: 2,
    createdAt: at(1),
    startedAt: at(2),
    completedAt: at(4),
  };
  const events = [
    event('wait_created', 'w1', 5),
    event('hook_created', 'h1', 1),
    event('hook_created', 'h2', 6),
    event('hook_received', 'h1', 3),
    event('hook_disposed', 'h1', 9),
    event('wait_completed', 'other', 7),
  ];
  expect(spansOf([step], events)).toEqual([
    { id: 'h1', kind: 'hook', name: 'hook', status: 'completed', fromMs: 1000, toMs: 3000 },
    { id: 's1', kind: 'step', name: 'charge', status: 'failed', fromMs: 2000, toMs: 4000 },
    { id: 'w1', kind: 'sleep', name: 'sleep', status: 'running', fromMs: 5000, toMs: null },
    { id: 'h2', kind: 'hook', name: 'hook', status: 'running', fromMs: 6000, toMs: null },
  ]);
});

it('a name is shown without its module', () => {
  expect(['workflow//./orders.ts//fulfil', 'fulfil'].map(shortName)).toEqual(['fulfil', 'fulfil']);
});
