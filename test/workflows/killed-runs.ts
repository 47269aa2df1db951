/** The runs that are under way while a service is killed, and what their logs have afterwards. */
import { expect } from 'vitest';

export const KILLS = 10;

export const RUNS: readonly { workflow: string; values: unknown[] }[] = [
  ...Array.from({ length: 4 }, () => ({ workflow: 'slowSequence', values: [8] })),
  ...Array.from({ length: 4 }, () => ({ workflow: 'slowTogether', values: [12] })),
  { workflow: 'sleeping', values: [] },
  { workflow: 'failed', values: [] },
];

export interface LoggedEvent {
  eventType: string;
  /** of runs: none */
  correlationId?: string;
}

/** Of each step one creation and one completion, of the run one beginning and one end, and nothing behind it. */
export function expectOnce(events: readonly LoggedEvent[]): void {
  const once = events.filter(({ eventType }) => !['step_started', 'step_retrying'].includes(eventType));
  const names = once.map(({ eventType, correlationId }) => `${eventType} ${correlationId ?? ''}`);
  expect(names).toEqual([...new Set(names)]);
  const ends = (type: string) => new Set(events.filter(({ eventType }) => eventType === type).map(({ correlationId }) => correlationId));
  const finished = new Set([...ends('step_completed'), ...ends('step_failed')]);
  expect(finished).toEqual(ends('step_created'));
  expect(events.filter(({ eventType }) => eventType.startsWith('run_')).map(({ eventType }) => eventType)).toEqual([
    'run_created',
    'run_started',
    'run_completed',
  ]);
}
