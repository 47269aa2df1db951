/** The lines of an export, part by part: items, with cursors in between by which one that broke off goes on. */
import type { ModelView, WalkPage, WalkWish } from '../access/index.ts';
import { shapedItems } from './item-shape.ts';
import type { LinesPart } from './json-lines.ts';
import { invalidCursor } from './model-search.ts';
import { logFault, toPublicError } from './respond.ts';
import type { RequestContext } from './route.ts';

/** What is exported. */
export interface ExportQuery {
  /** null: all */
  fields: string[] | null;
  filter: NonNullable<WalkWish['filter']> | null;
  /** items; Infinity: all there are */
  limit: number;
  cursor: string | null;
}

/** So many rows are read at the same time, of whatever size: of the largest that DynamoDB has they are 20 MB. */
const ROWS_IN_FLIGHT = 50;
/** As many buckets are read side by side where pages are small: each may have few rows. */
const BUCKETS_IN_FLIGHT = 5;
/** The rows of a first page, of which it is not known how large they are, and of pages after small ones. */
const PAGE_MIN_ROWS = 10;
/** What the items of a page may have together. */
const PAGE_TARGET_CHARACTERS = 1024 * 1024;
/** A part of the body is sent when it has so much. */
const PART_CHARACTERS = 128 * 1024;
/** A line with a cursor comes after so many items; and after so many pages or so long: an export that finds little shows that it goes on. */
const CURSOR_EVERY_ITEMS = 500;
const CURSOR_EVERY_PAGES = 100;
const CURSOR_EVERY_MS = 2_000;

/**
 * An export on its way: how far it is, and how many rows its pages have.
 *
 * Its lines are items, and lines of a member `_cursor`: with it the export goes on after all lines above, null at its end. An export whose last
 * line has none was broken off.
 */
export class ExportWalk {
  readonly #view: ModelView;
  readonly #query: ExportQuery;
  readonly #context: RequestContext;
  #cursor: string | null;
  #itemsLeft: number;
  #pageRows = PAGE_MIN_ROWS;
  #itemsSinceCursor = 0;
  #pagesSinceCursor = 0;
  #lastCursorAtMs = Date.now();

  constructor(view: ModelView, query: ExportQuery, context: RequestContext) {
    this.#view = view;
    this.#query = query;
    this.#context = context;
    this.#cursor = query.cursor;
    this.#itemsLeft = query.limit;
  }

  /** The next lines, from where the ones before have ended. @throws ServiceError for a cursor that is none of this export, or a failed read */
  async next({ signal, maxPages = Infinity }: { signal?: AbortSignal; maxPages?: number }): Promise<LinesPart> {
    let text = '';
    let pages = 0;
    for (;;) {
      const batchSize = Math.min(this.#pageRows, this.#itemsLeft);
      const rooms = Math.floor(Math.min(ROWS_IN_FLIGHT, this.#itemsLeft) / batchSize);
      const concurrency = Math.max(1, Math.min(BUCKETS_IN_FLIGHT, rooms));
      const { filter } = this.#query;
      const options = { batchSize, concurrency, cursor: this.#cursor, filter, ...(signal ? { signal } : {}) };
      try {
        for await (const page of this.#view.walk(options)) {
          text += await this.#linesOf(page);
          pages += 1;
          const isLast = page.cursor === null || this.#itemsLeft === 0;
          const isCursorDue = isLast || this.#isCursorDue();
          if (isCursorDue) text += this.#cursorLine();
          if (isCursorDue || text.length >= PART_CHARACTERS || pages >= maxPages) return { text, isLast };
          if (batchSize !== Math.min(this.#pageRows, this.#itemsLeft)) break; // the next pages have another size
        }
      } catch (error) {
        // What was read is sent first. If it was for a moment only, the next part goes on as if nothing had been.
        if (text !== '') return { text, isLast: false };
        invalidCursor(error);
      }
    }
  }

  /** The last line of an export that failed: it says why, and where it goes on. */
  failed(error: unknown): string {
    const { requestId, request, route } = this.#context;
    const { code, detail } = toPublicError(error);
    logFault(error, { requestId, method: request.method, route: route.path });
    return this.#cursorLine({ _error: { code, detail, requestId } });
  }

  async #linesOf({ items, cursor, scanned }: WalkPage): Promise<string> {
    const shaped = await shapedItems(items, { fields: this.#query.fields, include: [] });
    const lines = shaped.map((item) => `${JSON.stringify(item)}\n`).join('');
    this.#cursor = cursor;
    this.#itemsLeft -= items.length;
    this.#itemsSinceCursor += items.length;
    this.#pagesSinceCursor += 1;
    const fitting = Math.floor(PAGE_TARGET_CHARACTERS / (lines.length / items.length || 1));
    this.#pageRows = Math.max(1, Math.min(Math.max(PAGE_MIN_ROWS, 2 * scanned), fitting, ROWS_IN_FLIGHT));
    return lines;
  }

  #isCursorDue(): boolean {
    return (
      this.#itemsSinceCursor >= CURSOR_EVERY_ITEMS ||
      this.#pagesSinceCursor >= CURSOR_EVERY_PAGES ||
      Date.now() - this.#lastCursorAtMs >= CURSOR_EVERY_MS
    );
  }

  /** No field of a model begins with "_", so that such a line is never taken for an item. */
  #cursorLine(more: object = {}): string {
    this.#itemsSinceCursor = 0;
    this.#pagesSinceCursor = 0;
    this.#lastCursorAtMs = Date.now();
    return `${JSON.stringify({ _cursor: this.#cursor, ...more })}\n`;
  }
}
