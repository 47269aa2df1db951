/** How everything of a tenant is removed: step by step, each of which can be interrupted, and done again. */

export interface EraseStep {
  /** as the report calls what it removes: "rows", "streams" */
  name: string;
  /**
   * Removes some of it. What is gone already does no harm.
   *
   * @param position where the call before has ended, null at the beginning
   * @returns how many things are gone, and where to go on; `next` null: nothing is left
   */
  erase(tenant: string, position: string | null): Promise<{ removed: number; next: string | null }>;
}

/** Asks the consumer to go on with an erasure. */
export interface EraseMessage {
  tenant: string;
}
