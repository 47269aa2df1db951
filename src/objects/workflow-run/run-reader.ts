/** How a run is read: its entities, and pages of them. */
import type { Page, ResolveData, WorkflowEvent, Hook, Run, Step } from '../../runs/entities.ts';
import { readPosition, type PageRequest } from '../../runs/pages.ts';
import { hookNotFound, missing, refused, runNotFound, succeeded, type Outcome } from '../../runs/world-error.ts';
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

function pageOf<State, Entity>(
  rows: readonly Ranked<State>[],
  { limit, cursor }: PageRequest,
  view: (state: State) => Entity,
): Page<Entity> {
  const entries = rows.slice(0, limit);
  const last = entries.at(-1);
  return { data: entries.map(({ state }) => view(state)), cursor: last ? String(last.rank) : cursor, hasMore: rows.length > limit };
}
