/** Whether DynamoDB would take a value that a request brings. */
import { isDecimal } from '../dynamo-number.ts';
import type { AttributeValue } from '../types.ts';
import { areEqual } from './compare-values.ts';

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?$/;
/** DynamoDB lets lists and maps nest so deep. */
const MAX_DEPTH = 32;

/** True for a value that DynamoDB takes as it is; false also for some that it might take, such as base64 with stray bits. */
export function isLiteral(value: unknown, depth = 0): value is AttributeValue {
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return false;
  const [entry, ...others] = Object.entries(value);
  if (entry === undefined || others.length > 0) return false;
  const [type, content] = entry as [string, unknown];
  switch (type) {
    case 'S':
      return isText(content);
    case 'N':
      return isNumber(content);
    case 'B':
      return isBinary(content);
    case 'BOOL':
      return typeof content === 'boolean';
    case 'NULL':
      return content === true;
    case 'L':
      return Array.isArray(content) && content.every((element) => isLiteral(element, depth + 1));
    case 'M':
      return typeof content === 'object' && content !== null && Object.values(content).every((member) => isLiteral(member, depth + 1));
    case 'SS':
      return isSetOf(content, isText, (member) => ({ S: member }));
    case 'NS':
      return isSetOf(content, isNumber, (member) => ({ N: member }));
    case 'BS':
      return isSetOf(content, isBinary, (member) => ({ B: member }));
    default:
      return false;
  }
}

function isText(content: unknown): content is string {
  return typeof content === 'string' && content.isWellFormed();
}

function isNumber(content: unknown): content is string {
  return typeof content === 'string' && isDecimal(content);
}

function isBinary(content: unknown): content is string {
  return typeof content === 'string' && BASE64.test(content);
}

/** Sets are small in requests, and have no member twice. */
function isSetOf(content: unknown, isMember: (member: unknown) => member is string, asValue: (member: string) => AttributeValue): boolean {
  if (!Array.isArray(content) || content.length === 0 || content.length > MAX_MEMBERS || !content.every(isMember)) return false;
  return content.every((member, at) => !content.slice(0, at).some((other) => areEqual(asValue(other), asValue(member))));
}

/** Looking for repeats takes the square of it. */
const MAX_MEMBERS = 100;
