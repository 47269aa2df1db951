/** Lists that come page by page. */

/** One answer of a list; `cursor` is null behind the last. */
export interface PageOf<Item> {
  items: Item[];
  cursor: string | null;
}

/** All items, page after page, each page asked for when the one before is used up. @param begin where to go on; default: the beginning */
export async function* itemsOf<Item>(
  read: (cursor: string | undefined) => Promise<PageOf<Item>>,
  begin?: string,
): AsyncGenerator<Item, void, void> {
  for (let cursor: string | null | undefined = begin; cursor !== null;) {
    const page: PageOf<Item> = await read(cursor);
    yield* page.items;
    ({ cursor } = page);
  }
}

/** What is said, as the query of a URL. */
export function queryOf(values: object): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (value === undefined || value === null ? [] : [[name, String(value)]])),
  );
}
