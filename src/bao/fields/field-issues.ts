/** What is wrong with the parts of a value, each where it is. */
import type { FieldIssue } from '../../lib/errors.ts';
import { ValidationError } from '../errors.ts';
import { pointerOf } from '../json-pointer.ts';

/** The error of a value with these issues, which stand at JSON Pointers below it. */
export function invalidValue(issues: readonly FieldIssue[], value: unknown): ValidationError {
  return new PartsError(issues, value);
}

class PartsError extends ValidationError {
  constructor(issues: readonly FieldIssue[], value: unknown) {
    super(textOf('', issues), null, value, { issues });
  }

  override ofField(name: string, value: unknown): ValidationError {
    return new ValidationError(textOf(name, this.issues), name, value, { cause: this, issues: issuesBelow(name, this) });
  }
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
