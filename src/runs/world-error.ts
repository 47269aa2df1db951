/** What a World refuses, as data: classes do not survive a call to an object. The SDK tells its errors apart by `name`. */

export const WORLD_ERROR_NAMES = [
  'EntityConflictError',
  'HookNotFoundError',
  'PreconditionFailedError',
  'RunExpiredError',
  'RunNotSupportedError',
  'ThrottleError',
  'TooEarlyError',
  'WorkflowRunNotFoundError',
  'WorkflowWorldError',
] as const;

export interface WorldErrorData {
  name: (typeof WORLD_ERROR_NAMES)[number];
  message: string;
  status: number;
  /** seconds, of TooEarlyError and ThrottleError */
  retryAfter?: number;
  /** of HookNotFoundError */
  token?: string;
  /** of WorkflowRunNotFoundError */
  runId?: string;
  /** of RunNotSupportedError */
  runSpecVersion?: number;
  worldSpecVersion?: number;
}

/** A value, or why there is none. */
export type Outcome<Value> = { ok: true; value: Value } | { ok: false; error: WorldErrorData };

/** The contract that runs are kept by. */
export const SPEC_VERSION = 3;

export function succeeded<Value>(value: Value): Outcome<Value> {
  return { ok: true, value };
}

export function refused(error: WorldErrorData): { ok: false; error: WorldErrorData } {
  return { ok: false, error };
}

export function conflict(message: string): WorldErrorData {
  return { name: 'EntityConflictError', message, status: 409 };
}

export function expired(message: string): WorldErrorData {
  return { name: 'RunExpiredError', message, status: 410 };
}

/** Something malformed: what was expected and what came. */
export function invalid(message: string): WorldErrorData {
  return { name: 'WorkflowWorldError', message, status: 400 };
}

export function tooLarge(message: string): WorldErrorData {
  return { name: 'WorkflowWorldError', message, status: 413 };
}

/** A step, wait or event that is not there. */
export function missing(message: string): WorldErrorData {
  return { name: 'WorkflowWorldError', message, status: 404 };
}

/** A database that does not answer: the SDK's queue tries again. */
export function unreachable(message: string): WorldErrorData {
  return { name: 'WorkflowWorldError', message, status: 503 };
}

/** @param retryAfter in seconds */
export function tooMany(message: string, retryAfter: number): WorldErrorData {
  return { name: 'ThrottleError', message, status: 429, retryAfter };
}

export function runNotFound(runId: string): WorldErrorData {
  return { name: 'WorkflowRunNotFoundError', message: `Workflow run "${runId}" not found`, status: 404, runId };
}

/** @param token the hook's token, or its id where the token is not known */
export function hookNotFound(token: string): WorldErrorData {
  return { name: 'HookNotFoundError', message: 'Hook not found', status: 404, token };
}

export function tooEarly(stepId: string, retryAfter: number): WorldErrorData {
  return { name: 'TooEarlyError', message: `Step "${stepId}" may not start yet: in ${retryAfter} s`, status: 425, retryAfter };
}

export function stale(): WorldErrorData {
  return {
    name: 'PreconditionFailedError',
    message: 'The run has newer events from outside than the ones this was decided from',
    status: 412,
  };
}

export function notSupported(runSpecVersion: number): WorldErrorData {
  const message = `The run is of spec version ${runSpecVersion}, this World of ${SPEC_VERSION}: upgrade it`;
  return { name: 'RunNotSupportedError', message, status: 400, runSpecVersion, worldSpecVersion: SPEC_VERSION };
}
