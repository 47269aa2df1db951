/** What a find returns when there is no such object: a value to ask, not an error to catch. */
export class ObjectNotFound {
  /** what the look-up consumed */
  readonly consumedCapacity: { type: 'read'; units: number };

  constructor(readUnits = 0) {
    this.consumedCapacity = { type: 'read', units: readUnits };
  }

  /** Always false; tells it from an object of a model. */
  exists(): false {
    return false;
  }

  /** Capacity units that the look-up consumed; it never writes. */
  getNumericConsumedCapacity(type: 'read' | 'write' | 'total'): number {
    return type === 'write' ? 0 : this.consumedCapacity.units;
  }

  /** In JSON there is nothing where an object was not found. */
  toJSON(): null {
    return null;
  }

  toString(): string {
    return 'ObjectNotFound';
  }
}
