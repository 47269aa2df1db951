/** Pages of lists: what a caller asks for, checked, and what follows from it. */
import { WORKFLOW_PAGE_MAX_ENTRIES } from '../wire/limits.ts';
import { invalid, refused, succeeded, type Outcome } from './world-error.ts';

export interface Pagination {
  limit?: number | undefined;
  cursor?: string | null | undefined;
  sortOrder?: 'asc' | 'desc' | undefined;
}

export interface PageRequest {
  limit: number;
  /** what stands before the page; null: it is the first */
  cursor: string | null;
  order: 'asc' | 'desc';
}

/** @param defaults what a list does when nothing is said */
export function readPagination({ limit, cursor, sortOrder }: Pagination = {}, defaults: Omit<PageRequest, 'cursor'>): Outcome<PageRequest> {
  // The command line of the SDK begins with an empty cursor.
  const page = { limit: limit ?? defaults.limit, cursor: cursor || null, order: sortOrder ?? defaults.order };
  if (!Number.isInteger(page.limit) || page.limit < 1 || page.limit > WORKFLOW_PAGE_MAX_ENTRIES)
    return refused(invalid(`limit: expected a whole number from 1 to ${WORKFLOW_PAGE_MAX_ENTRIES}, got ${String(limit)}`));
  if (page.order !== 'asc' && page.order !== 'desc') return refused(invalid(`sortOrder: expected asc or desc, got ${String(sortOrder)}`));
  return succeeded(page);
}

/** A cursor that is a position, as a number. */
export function readPosition(cursor: string | null): Outcome<number | null> {
  if (cursor === null) return succeeded(null);
  if (!/^\d{1,15}$/.test(cursor))
    return refused(invalid(`cursor: expected one of an earlier page, got ${JSON.stringify(cursor.slice(0, 80))}`));
  return succeeded(Number(cursor));
}
