/** What is wrong with the parts of a value, each where it is. */
import type { FieldIssue } from '../../lib/errors.ts';
import { ValidationError } from '../errors.ts';
import { pointerOf } from '../json-pointer.ts';

/** The error of a value with these issues, which stand at JSON Pointers below it. */
export function invalidValue(issues: readonly FieldIssue[], value: unknown): ValidationError {
  return new ValidationError(textOf('', issues), null, value, { issues });
}

/** The error of a field, as the error of the object that has the field. One that names its field already stays as it is. */
export function errorOfField(name: string, value: unknown, error: ValidationError): ValidationError {
  if (error.fieldName !== null) return error;
  const options = { cause: error, ...(error.issues.length > 0 ? { issues: issuesBelow(name, error) } : {}) };
  return new ValidationError(error.issues.length > 0 ? textOf(name, error.issues) : `${name}: ${error.message}`, name, value, options);
}

/** The issues of a part's error, as issues of the value that it is a part of. */
export function issuesBelow(step: string | number, { issues, message }: ValidationError): FieldIssue[] {
  const pointer = pointerOf([String(step)]);
  return issues.length === 0
    ? [{ path: pointer, reason: message }]
    : issues.map(({ path, reason }) => ({ path: `${pointer}${path}`, reason }));
}

/** "address.city: expected a string, got 5" for each, in one line. */
function textOf(name: string, issues: readonly FieldIssue[]): string {
  const lines = issues.map(({ path, reason }) => {
    const place = `${name}${path.replaceAll('/', '.')}`.replace(/^\./, '');
    return place === '' ? reason : `${place}: ${reason}`;
  });
  return lines.join('; ');
}
