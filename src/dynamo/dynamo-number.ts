/** DynamoDB's number: a decimal of up to 38 significant digits, more than a JavaScript number holds. */

const MAX_DIGITS = 38;
/** The magnitudes DynamoDB takes: 1E-130 to 9.99…E+125, and zero. */
const MIN_EXPONENT = -130;
const MAX_EXPONENT = 125;

/**
 * A decimal that is neither exactly a JavaScript number nor a whole one, 0.1234567890123456789 for example.
 * It is what `unmarshall` gives for such a number, and what `marshall` takes back; calculate with it as you see fit.
 */
export class DynamoNumber {
  /** plain or in scientific notation, without superfluous zeros */
  readonly decimal: string;

  /** @throws TypeError when `decimal` is no decimal, or one that DynamoDB cannot hold exactly */
  constructor(decimal: string) {
    this.decimal = canonicalDecimal(decimal);
  }

  toString(): string {
    return this.decimal;
  }

  toJSON(): string {
    return this.decimal;
  }
}

/**
 * The decimal of a number in one form for equal numbers ("10", "0.5", "1.5E+100"), as DynamoDB takes it.
 *
 * @throws TypeError for NaN, infinities, more than 38 significant digits, and magnitudes beyond DynamoDB's range
 */
export function toDecimal(value: number | bigint | DynamoNumber): string {
  if (value instanceof DynamoNumber) return value.decimal;
  if (Number.isSafeInteger(value)) return value === 0 ? '0' : String(value); // DynamoDB has no negative zero
  return canonicalDecimal(String(value));
}

/**
 * The number of a decimal: a JavaScript number when that is exactly it, a bigint when it is another whole number, else a `DynamoNumber`.
 *
 * @throws TypeError when it is no decimal of DynamoDB's
 */
export function fromDecimal(decimal: string): number | bigint | DynamoNumber {
  if (/^-?\d{1,15}$/.test(decimal)) return Number(decimal) + 0; // + 0: "-0" is 0
  const parts = parseDecimal(decimal);
  const canonical = formatDecimal(parts);
  const number = Number(canonical);
  if (formatDecimal(parseDecimal(String(number))) === canonical) return number;
  return parts.exponent >= 0 ? BigInt(parts.sign + parts.digits + '0'.repeat(parts.exponent)) : new DynamoNumber(canonical);
}

/** Whether `text` is a decimal that DynamoDB holds exactly. */
export function isDecimal(text: string): boolean {
  try {
    return text.length <= MAX_TEXT_LENGTH && canonicalDecimal(text) !== '';
  } catch {
    return false;
  }
}

/** Below 0 when `left` is the smaller number, 0 for the same number in whatever notation. @throws TypeError when one is no decimal */
export function compareDecimals(left: string, right: string): number {
  if (left === right) return 0;
  const [one, other] = [parseDecimal(left), parseDecimal(right)];
  const [sign, otherSign] = [signOf(one), signOf(other)];
  return sign === otherSign ? sign * compareMagnitudes(one, other) : sign - otherSign;
}

/** Far more than 38 digits and an exponent take. */
const MAX_TEXT_LENGTH = 200;

function signOf({ sign, digits }: DecimalParts): number {
  if (digits === '0') return 0;
  return sign === '-' ? -1 : 1;
}

/** Of two numbers that are not zero, without their signs. Digits have no zeros at their end, so that a longer one is larger. */
function compareMagnitudes(one: DecimalParts, other: DecimalParts): number {
  const order = one.exponent + one.digits.length - other.exponent - other.digits.length;
  if (order !== 0) return order;
  return one.digits < other.digits ? -1 : Number(one.digits > other.digits);
}

/** A decimal taken apart: sign digits × 10^exponent, digits without zeros at either end, '0' for zero. */
interface DecimalParts {
  sign: '' | '-';
  digits: string;
  exponent: number;
}

function canonicalDecimal(decimal: string): string {
  const parts = parseDecimal(decimal);
  const magnitude = parts.exponent + parts.digits.length - 1;
  if (parts.digits.length > MAX_DIGITS)
    throw new TypeError(`a number has at most ${MAX_DIGITS} significant digits in DynamoDB, got ${decimal}`);
  if (parts.digits !== '0' && (magnitude < MIN_EXPONENT || magnitude > MAX_EXPONENT)) {
    throw new TypeError(`a number is between 1E${MIN_EXPONENT} and 1E+${MAX_EXPONENT + 1} in DynamoDB, got ${decimal}`);
  }
  return formatDecimal(parts);
}

function parseDecimal(decimal: string): DecimalParts {
  const match = /^([-+]?)(?=\.?\d)(\d*)(?:\.(\d*))?(?:[eE]([-+]?\d{1,4}))?$/.exec(decimal);
  if (match === null) throw new TypeError(`expected a decimal number, got ${decimal}`);
  const [, sign, whole = '', fraction = '', exponent = '0'] = match;
  const digits = (whole + fraction).replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return { sign: '', digits: '0', exponent: 0 };
  return {
    sign: sign === '-' ? '-' : '',
    digits: significant,
    exponent: Number(exponent) - fraction.length + digits.length - significant.length,
  };
}

/** Plain notation up to 40 places, then scientific: DynamoDB reads both. */
function formatDecimal({ sign, digits, exponent }: DecimalParts): string {
  const magnitude = exponent + digits.length - 1;
  if (magnitude > 40 || magnitude < -40) {
    const fraction = digits.length > 1 ? `.${digits.slice(1)}` : '';
    return `${sign}${digits[0]}${fraction}E${magnitude > 0 ? '+' : ''}${magnitude}`;
  }
  if (exponent >= 0) return sign + digits + '0'.repeat(exponent);
  if (magnitude >= 0) return `${sign}${digits.slice(0, magnitude + 1)}.${digits.slice(magnitude + 1)}`;
  return `${sign}0.${'0'.repeat(-magnitude - 1)}${digits}`;
}
