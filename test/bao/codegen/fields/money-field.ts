/** A field of an application: an amount of money, stored as whole cents and read as an object. It says its types by its conversions. */
import { fields } from '../../../../src/bao/index.ts';

export interface Money {
  readonly euros: number;
  readonly cents: number;
}

export class MoneyFieldClass extends fields.IntegerFieldClass {
  override readonly jsonSchema = { type: ['object', 'string'] };

  override fromJson(json: unknown): { value: unknown } | { reason: string } {
    const expected = this.expectation(json);
    return expected === null ? { value: json } : { reason: `expected ${expected}` };
  }

  override expectation(value: unknown): string | null {
    return super.expectation(centsOf(value)) === null ? null : 'an amount, as { euros, cents } or "12.34"';
  }

  override toDy(value: Money | string): number {
    return centsOf(value);
  }

  override fromDy(value: unknown): Money | null {
    return value === null || value === undefined ? null : { euros: Math.trunc(Number(value) / 100), cents: Number(value) % 100 };
  }
}

export const MoneyField = (options = {}): MoneyFieldClass => new MoneyFieldClass(options);

/** NaN for what is no amount. */
function centsOf(value: unknown): number {
  if (typeof value === 'string') return Math.round(Number(value) * 100);
  const { euros, cents } = { euros: NaN, cents: NaN, ...(typeof value === 'object' ? value : {}) };
  return euros * 100 + cents;
}
