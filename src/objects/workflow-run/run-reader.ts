/** How a run is read: its entities, and pages of them. */
import type { Page, ResolveData, WorkflowEvent, Hook, Run, Step } from '../../runs/entities.ts';
import { readPosition, type PageRequest } from '../../runs/pages.ts';
import { shownEvent } from '../../runs/shown-event.ts';
import { payloadBytesOf } from '../../runs/spilled-bytes.ts';
import { hookNotFound, missing, refused, runNotFound, succeeded, type Outcome } from '../../runs/world-error.ts';
import { WORKFLOW_PAGE_MAX_ENTRIES } from '../../wire/limits.ts';
import type { Ranked } from './ranked-page.ts';
import type { RunParts } from './run-parts.ts';

/** How much a page of events holds, in bytes of payloads: a call to an object carries 32 MiB. */
const PAGE_BYTES = 8 * 1024 * 1024;

export class RunReader {
  readonly #parts: RunParts;

  constructor(parts: RunParts) {
    this.#parts = parts;
  }

  run(resolveData: ResolveData): Outcome<Run> {
    const { record, views, address } = this.#parts;
    const run = record.get();
    return run === null ? refused(runNotFound(address.runId)) : succeeded(views.run(run, resolveData));
  }

  step(stepId: string, resolveData: ResolveData): Outcome<Step> {
    const step = this.#parts.steps.get(stepId);
    return step === null ? refused(missing(`Step "${stepId}" not found`)) : succeeded(this.#parts.views.step(step, resolveData));
  }

  steps(page: PageRequest, resolveData: ResolveData): Outcome<Page<Step>> {
    const { steps, views } = this.#parts;
    const position = readPosition(page.cursor);
    if (!position.ok) return position;
    return succeeded(pageOf(steps.page(page, position.value), page, (step) => views.step(step, resolveData)));
  }

  event(eventId: string, resolveData: ResolveData): Outcome<WorkflowEvent> {
    const event = this.#parts.log.get(eventId, resolveData);
    return event === null ? refused(missing(`Event "${eventId}" not found`)) : succeeded(event);
  }

  events(page: PageRequest, correlationId: string | null, resolveData: ResolveData): Outcome<Page<WorkflowEvent>> {
    const position = readPosition(page.cursor);
    if (!position.ok) return position;
    const { limit, order } = page;
    return succeeded(this.#parts.log.page({ position: position.value, order, limit, maxBytes: PAGE_BYTES, correlationId }, resolveData));
  }

  /** Events behind a position as they are shown to who follows the run. */
  shown(position: number): Page<WorkflowEvent> {
    const range = { position, order: 'asc', limit: WORKFLOW_PAGE_MAX_ENTRIES, maxBytes: PAGE_BYTES, correlationId: null } as const;
    const page = this.#parts.log.page(range, 'none');
    return { ...page, data: page.data.map(shownEvent) };
  }

  hook(hookId: string, resolveData: ResolveData): Outcome<Hook> {
    const hook = this.#parts.hooks.get(hookId);
    if (hook === null || hook.isDisposed) return refused(hookNotFound(hook?.token ?? hookId));
    return succeeded(this.#parts.views.hook(hook, resolveData));
  }

  hooks(page: PageRequest, resolveData: ResolveData): Outcome<Page<Hook>> {
    const { hooks, views } = this.#parts;
    const position = readPosition(page.cursor);
    if (!position.ok) return position;
    return succeeded(pageOf(hooks.livePage(page, position.value), page, (hook) => views.hook(hook, resolveData)));
  }
}

/** As many entries as fit, and at least one. */
function pageOf<State, Entity extends object>(
  rows: readonly Ranked<State>[],
  { limit, cursor }: PageRequest,
  view: (state: State) => Entity,
): Page<Entity> {
  const data: Entity[] = [];
  let last = cursor;
  let bytes = 0;
  for (const { rank, state } of rows.slice(0, limit)) {
    const entity = view(state);
    bytes += payloadBytesOf(entity);
    if (data.length > 0 && bytes > PAGE_BYTES) break;
    data.push(entity);
    last = String(rank);
  }
  return { data, cursor: last, hasMore: rows.length > data.length };
}
