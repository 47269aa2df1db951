/** Runs of workflows as the service shows them, and their events as pieces of time. */

/** As many as one page of steps has. */
export const MANY_STEPS = 1000;

export type Status = 'pending' | 'running' | 'completed' | 'failed' | 'cancelled';

export interface Run {
  runId: string;
  workflowName: string;
  status: Status;
  createdAt: string;
  startedAt?: string;
  completedAt?: string;
  input?: unknown;
  output?: unknown;
  error?: { message: string; stack?: string };
}

export interface Step {
  stepId: string;
  stepName: string;
  status: Status;
  attempt: number;
  createdAt: string;
  startedAt?: string;
  completedAt?: string;
  retryAfter?: string;
  input?: unknown;
  output?: unknown;
  error?: { message: string; stack?: string };
}

export interface Hook {
  hookId: string;
  isWebhook: boolean;
  createdAt: string;
}

export interface RunEvent {
  eventId: string;
  eventType: string;
  correlationId?: string;
  eventData?: Readonly<Record<string, unknown>>;
  createdAt: string;
  /** where it stands among those that are followed, which come without what they carry */
  cursor?: string;
}

export interface DeadMessage {
  messageId: string;
  queue: string;
  attempt: number;
  failure: string;
}

export const STATUS_BADGES: Readonly<Record<Status, string>> = {
  pending: '',
  running: 'accent',
  completed: 'ok',
  failed: 'danger',
  cancelled: 'warn',
};

export function hasEnded({ status }: Run): boolean {
  return status !== 'pending' && status !== 'running';
}

/** The name that somebody gave, without the module that the compiler puts before it. */
export function shortName(name: string): string {
  return name.split('//').at(-1) ?? name;
}

/** What a run was doing between two instants. */
export interface Span {
  id: string;
  kind: 'step' | 'sleep' | 'hook';
  name: string;
  status: Status;
  fromMs: number;
  /** null: it goes on */
  toMs: number | null;
}

/** The spans of a run, in the order in which they began. */
export function spansOf(steps: readonly Step[], events: readonly RunEvent[]): Span[] {
  const ofSteps = steps.map(({ stepId, stepName, status, createdAt, startedAt, completedAt }): Span => {
    return {
      id: stepId,
      kind: 'step',
      name: shortName(stepName),
      status,
      fromMs: Date.parse(startedAt ?? createdAt),
      toMs: instant(completedAt),
    };
  });
  return [
    ...ofSteps,
    ...between(events, 'sleep', 'wait_created', ['wait_completed']),
    ...between(events, 'hook', 'hook_created', ['hook_received', 'hook_disposed']),
  ].toSorted((one, other) => one.fromMs - other.fromMs);
}

/** Spans from an event to the first of its kind that ends it. */
function between(events: readonly RunEvent[], kind: Span['kind'], begins: string, ends: readonly string[]): Span[] {
  return events.flatMap(({ eventType, correlationId = '', createdAt }) => {
    if (eventType !== begins) return [];
    const end = events.find((one) => one.correlationId === correlationId && ends.includes(one.eventType));
    return [
      {
        id: correlationId,
        kind,
        name: kind,
        status: end ? 'completed' : 'running',
        fromMs: Date.parse(createdAt),
        toMs: instant(end?.createdAt),
      },
    ];
  });
}

function instant(text: string | undefined): number | null {
  return text === undefined ? null : Date.parse(text);
}
