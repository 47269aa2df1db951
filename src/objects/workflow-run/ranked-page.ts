/** Lists in the order in which their rows were written. */
import type { PageRequest } from '../../runs/pages.ts';

/** A row of a list, with its place in it. */
export interface Ranked<State> {
  rank: number;
  state: State;
}

/** The end of a query for a page, and its values: one row more than it holds where there are more. @param position the rank before it; null: it is the first */
export function rankedPage({ order, limit }: PageRequest, position: number | null): [text: string, after: number, limit: number] {
  const isAscending = order === 'asc';
  const text = isAscending ? 'rank > ? ORDER BY rank ASC LIMIT ?' : 'rank < ? ORDER BY rank DESC LIMIT ?';
  return [text, position ?? (isAscending ? 0 : Number.MAX_SAFE_INTEGER), limit + 1];
}
