/** Whether the tenant may be written: an operator's word, which outlives the object. */
import type { StoreError } from '../../dynamo/item-store.ts';
import type { SettingsStorage } from './settings.ts';

export const READ_ONLY: StoreError = { code: 'read_only', message: 'an operator has made the tenant read-only' };

export class StoreMode {
  readonly #settings: SettingsStorage;
  #isReadOnly: boolean;

  constructor(settings: SettingsStorage) {
    this.#settings = settings;
    this.#isReadOnly = settings.load('read-only') !== undefined;
  }

  get isReadOnly(): boolean {
    return this.#isReadOnly;
  }

  /** Counts for every write that has not left. @throws what the storage throws; nothing is changed then */
  set(isReadOnly: boolean): void {
    this.#settings.save('read-only', isReadOnly ? 'yes' : null);
    this.#isReadOnly = isReadOnly;
  }
}
