/** The Worker's log: one line of JSON for an error, written once, by whoever handles it. Errors that are passed on or answered to a client are not written. */

/**
 * @param message what could not be done, the same words every time; what differs is in `facts`
 * @param facts names and numbers that lead to it; no secrets
 */
export function logError(message: string, error: unknown, facts: object = {}): void {
  console.error(
    JSON.stringify({ level: 'error', message, ...facts, error: error instanceof Error ? (error.stack ?? String(error)) : String(error) }),
  );
}
