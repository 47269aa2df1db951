/** Stands for bytes that are kept elsewhere, as there are too many of them for a row. */
export class SpilledBytes {
  /** names them: their SHA-256 in hexadecimal */
  readonly sha256: string;
  readonly byteLength: number;

  constructor(sha256: string, byteLength: number) {
    this.sha256 = sha256;
    this.byteLength = byteLength;
  }

  toJSON(): object {
    return { $sha256: this.sha256, byteLength: this.byteLength };
  }

  /** What `toJSON` has written, or the value as it is. */
  static read(value: Record<string, unknown>): unknown {
    const { $sha256, byteLength } = value;
    return typeof $sha256 === 'string' && typeof byteLength === 'number' ? new SpilledBytes($sha256, byteLength) : value;
  }
}

/** How many bytes the payloads of an entity have, wherever they are. */
export function payloadBytesOf(entity: object): number {
  const sizes = Object.values(entity).map((value: unknown) =>
    value instanceof Uint8Array || value instanceof SpilledBytes ? value.byteLength : 0,
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
