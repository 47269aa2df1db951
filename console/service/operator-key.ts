import { signal } from '@preact/signals';

/** The operator's key that this page was given. It stands in memory only, and is gone with the page. */
export const operatorKey = signal<string | null>(null);
