/** A field of an application that narrows one of the layer's, and converts nothing. */
import { fields } from '../../../../src/bao/index.ts';

export class EmailFieldClass extends fields.StringFieldClass {
  declare readonly valueTypes: { read: `${string}@${string}`; write: `${string}@${string}`; presence: 'optional' };

  override expectation(value: unknown): string | null {
    return super.expectation(value) ?? (String(value).includes('@') ? null : 'an address');
  }
}

export const EmailField = (options = {}): EmailFieldClass => new EmailFieldClass(options);
