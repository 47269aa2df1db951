import { describe, expect, it } from 'vitest';
import { readEventRequest } from '../../src/runs/event-request.ts';
import {
  WORKFLOW_EVENT_DATA_MAX_BYTES,
  WORKFLOW_ID_MAX_CHARACTERS,
  WORKFLOW_NAME_MAX_CHARACTERS,
  WORKFLOW_PAYLOAD_MAX_BYTES,
  WORKFLOW_ROW_MAX_BYTES,
} from '../../src/wire/limits.ts';

const step = (correlationId: string, eventData: object) => ({
  eventType: 'step_created',
  correlationId,
  eventData: { stepName: 's', ...eventData },
});
const statusOf = (value: unknown) => {
  const outcome = readEventRequest(value);
  return outcome.ok ? 200 : outcome.error.status;
};
/** The JSON of what is said besides the payload is so much longer than one member of it. */
const AROUND = JSON.stringify({ stepName: 's', note: '' }).length;

describe('a request for an event', () => {
  it.each([
    ['a payload of bytes', (size: number) => step('s', { input: new Uint8Array(size) }), WORKFLOW_PAYLOAD_MAX_BYTES, 413],
    ['a payload of text', (size: number) => step('s', { input: 'x'.repeat(size - 2) }), WORKFLOW_ROW_MAX_BYTES, 413],
    ['everything else', (size: number) => step('s', { note: 'x'.repeat(size - AROUND) }), WORKFLOW_EVENT_DATA_MAX_BYTES, 413],
    ['a correlation id', (size: number) => step('x'.repeat(size), {}), WORKFLOW_ID_MAX_CHARACTERS, 400],
    ['a name', (size: number) => step('s', { stepName: 'x'.repeat(size) }), WORKFLOW_NAME_MAX_CHARACTERS, 400],
    [
      'a token',
      (size: number) => ({ eventType: 'hook_created', correlationId: 'h', eventData: { token: 'x'.repeat(size) } }),
      WORKFLOW_ID_MAX_CHARACTERS,
      400,
    ],
  ])('takes %s of the largest size, and none that is larger', (_, make, max, status) => {
    expect([statusOf(make(max)), statusOf(make(max + 1))]).toEqual([200, status]);
  });

  it('counts bytes, not characters', () => {
    expect(statusOf(step('s', { input: 'é'.repeat(WORKFLOW_ROW_MAX_BYTES / 2) }))).toBe(413);
  });

  it('tells of a failure as far as anybody reads it, however long its text is', () => {
    const long = 'x'.repeat(WORKFLOW_ROW_MAX_BYTES);
    for (const error of [long, { message: long, stack: long }]) {
      const outcome = readEventRequest({ eventType: 'step_failed', correlationId: 's', eventData: { stepName: 's', error, stack: long } });
      expect(outcome).toMatchObject({ ok: true, value: { eventData: { stack: expect.stringMatching(/^x{8192}…$/) } } });
      expect(JSON.stringify(outcome).length).toBeLessThan(30_000);
    }
    const bytes = new Uint8Array(3);
    expect(readEventRequest({ eventType: 'run_failed', eventData: { error: bytes } })).toMatchObject({
      value: { eventData: { error: bytes } },
    });
  });

  it('is of this version when it does not say', () => {
    expect(readEventRequest({ eventType: 'run_cancelled' })).toEqual({ ok: true, value: { eventType: 'run_cancelled', specVersion: 3 } });
  });

  it('keeps members that it does not know', () => {
    expect(readEventRequest(step('s', { workflowName: 'w' }))).toMatchObject({ value: { eventData: { workflowName: 'w' } } });
  });

  it.each([[null], ['run_cancelled'], [[]], [{}], [{ eventType: 'run_cancelled', specVersion: 2.5 }]])(
    'says what is wrong with %j',
    (value) => {
      const outcome = readEventRequest(value);
      expect(outcome).toMatchObject({
        ok: false,
        error: { name: 'WorkflowWorldError', status: 400, message: expect.stringMatching(/^Event: ./) },
      });
    },
  );
});
