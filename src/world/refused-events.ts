/**
 * Events that are refused for what code has put into them: a result that is too large, the token of a hook that is too long. The SDK would have them written
 * again and again, and a step run as often. Here the step fails, or the run where there is no step to fail, and says why.
 */
import { isPlainObject } from '../lib/plain-object.ts';
import type { EventResult } from '../runs/entities.ts';
import { expired, type WorldErrorData } from '../runs/world-error.ts';
import type { WorldStorage } from './sdk-world.ts';
import { errorData, worldError } from './world-errors.ts';

type Create = WorldStorage['events']['create'];
type Members = Record<string, unknown>;

interface Refused {
  /** what it said */
  said: Members;
  reason: string;
  /** writes another one of the same run and part */
  write: (eventType: string, eventData: Members) => Promise<EventResult>;
  /** the same, beside one that stands in for it already */
  writeToo: Refused['write'];
}

/** What is written in the place of which event. One that tells of a failure tells of this one. */
const INSTEAD: Readonly<Record<string, (refused: Refused) => Promise<EventResult>>> = {
  async step_created(refused) {
    const { said, write, writeToo } = refused;
    await write('step_created', { ...said, input: undefined }).catch(passConflict);
    return failStep({ ...refused, write: writeToo });
  },
  step_completed: failStep,
  step_failed: failStep,
  step_retrying: ({ said, reason, write }) => write('step_retrying', { ...said, error: reason, stack: undefined }),
  run_completed: failRun,
  run_failed: failRun,
  async hook_created(refused) {
    await failRun(refused);
    throw worldError(expired(refused.reason));
  },
};

/** Has `create` fail steps and runs whose events it refuses. The code of such a run's error is EVENT_REFUSED. */
export function failRefused(create: Create): Create {
  return async (runId, data, params) => {
    try {
      return await create(runId, data, params);
    } catch (error) {
      const refusal = errorData(error);
      if (refusal === null || !isPlainObject(data)) throw error;
      const { eventType, eventData } = data;
      const instead = isOfContent(refusal, eventType) ? INSTEAD[String(eventType)] : undefined;
      if (instead === undefined) throw error;
      return instead({
        said: isPlainObject(eventData) ? eventData : {},
        reason: refusal.message,
        write: (type, written) => create(runId, { ...data, eventType: type, eventData: written }, params),
        writeToo: (type, written) => create(runId, { ...data, eventType: type, eventData: written }),
      });
    }
  };
}

/** Whether code is the reason: what is malformed beside a hook's token is not made by it. */
function isOfContent({ status }: WorldErrorData, eventType: unknown): boolean {
  return status === 413 || (status === 400 && eventType === 'hook_created');
}

function failStep({ said: { stepName }, reason, write }: Refused): Promise<EventResult> {
  return write('step_failed', { stepName, error: reason });
}

function failRun({ reason, write }: Refused): Promise<EventResult> {
  return write('run_failed', { error: { message: reason }, errorCode: 'EVENT_REFUSED' });
}

/** A delivery that was interrupted has written it. */
function passConflict(error: unknown): void {
  if (errorData(error)?.name !== 'EntityConflictError') throw error;
}
