/** JSON in rows. */

/** The text of a value for its column. */
export function jsonOf(value: object | null): string | null {
  return value && JSON.stringify(value);
}

/** What `jsonOf` was given. */
export function parsed(text: string | null): unknown {
  return text === null ? null : JSON.parse(text);
}
