import type { Place } from './admission.ts';

/** The place that a run has among those of its tenant, until it is given back. */
export class PlaceRow {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** 0: it has none. */
  get(): Place {
    return this.#sql.exec<{ receipt: number }>('SELECT receipt FROM place').toArray()[0]?.receipt ?? 0;
  }

  put(place: Place): void {
    this.#sql.exec('DELETE FROM place');
    if (place !== 0) this.#sql.exec('INSERT INTO place VALUES (?)', place);
  }
}
