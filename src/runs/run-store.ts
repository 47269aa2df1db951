/** What a run's home offers to whoever has the run's id. */
import type { EventResult, Page, ResolveData, WorkflowEvent, Hook, Run, Step } from './entities.ts';
import type { EventRequest } from './event-request.ts';
import type { NewMessage } from './messages.ts';
import type { PageRequest } from './pages.ts';
import type { Outcome } from './world-error.ts';

export interface WriteOptions {
  resolveData: ResolveData;
  /** the time of the newest event that the writer has seen; null: it does not say */
  stateUpdatedAtMs: number | null;
  /** when it happened where it happened; null: now */
  occurredAtMs: number | null;
  /** the writer's name of this call; null: it will not be made again */
  callId: string | null;
}

/** Who writes to a run. */
export interface RunWriter {
  /** Writes an event, with everything that follows from it, or nothing. */
  createEvent(request: EventRequest, options: WriteOptions): Promise<Outcome<EventResult>>;
  /** Puts a message for the run into its inbox, from where it is delivered. One that brings what a run is made of may come before the run. */
  enqueue(message: NewMessage): Promise<Outcome<{ messageId: string }>>;
}

export interface RunStore extends RunWriter {
  /** A stream belongs to the run. Of a run that there is not, nothing is noted. */
  noteStream(name: string): Promise<void>;
  /** The names of the run's streams, in the order in which they were made. */
  listStreams(): Promise<string[]>;
  getRun(resolveData: ResolveData): Promise<Outcome<Run>>;
  getStep(stepId: string, resolveData: ResolveData): Promise<Outcome<Step>>;
  /** In the order they were created. */
  listSteps(page: PageRequest, resolveData: ResolveData): Promise<Outcome<Page<Step>>>;
  getEvent(eventId: string, resolveData: ResolveData): Promise<Outcome<WorkflowEvent>>;
  /** @param correlationId null: of the whole run */
  listEvents(page: PageRequest, correlationId: string | null, resolveData: ResolveData): Promise<Outcome<Page<WorkflowEvent>>>;
  /** A live hook. */
  getHook(hookId: string, resolveData: ResolveData): Promise<Outcome<Hook>>;
  /** Live hooks, in the order they were created. */
  listHooks(page: PageRequest, resolveData: ResolveData): Promise<Outcome<Page<Hook>>>;
}
