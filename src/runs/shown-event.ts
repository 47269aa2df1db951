import type { WorkflowEvent } from './entities.ts';

/** An event as it is shown, without the token of its hook: whoever has one may resume the workflow. */
export function shownEvent(event: WorkflowEvent): WorkflowEvent {
  const { token: _, ...eventData } = event.eventData ?? {};
  return event.eventData === undefined ? event : { ...event, eventData };
}
