/** A JSON body as a schema has it. */
import type * as z from 'zod/mini';
import { type FieldIssue, ServiceError } from '../lib/errors.ts';
import { parseJson } from '../lib/json-text.ts';
import { readJsonText } from './read-body.ts';

/**
 * Reads a body and checks it.
 *
 * @throws ServiceError `unknown_field` for members that the schema does not name, `invalid_input` for what is wrong with the others, each with an issue;
 *   what `readJsonText` and `parseJson` throw
 */
export async function readJson<Schema extends z.ZodMiniType>(
  request: Request,
  schema: Schema,
  limitBytes: number,
): Promise<z.output<Schema>> {
  const parsed = schema.safeParse(parseJson(await readJsonText(request, limitBytes)));
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.flatMap(issuesOf);
  const unknown = issues.find(({ kind }) => kind === 'unknown_field');
  const first = unknown ?? issues[0];
  throw new ServiceError(unknown ? 'unknown_field' : 'invalid_input', `${first?.path || 'The body'}: ${first?.reason}.`, { issues });
}

function issuesOf(issue: z.core.$ZodIssue): FieldIssue[] {
  const path = issue.path.map((part) => `/${String(part)}`).join('');
  if (issue.code !== 'unrecognized_keys') return [{ path, reason: issue.message }];
  return issue.keys.map((key): FieldIssue => ({
    path: `${path}/${key.slice(0, 80)}`,
    reason: 'is not a member here',
    kind: 'unknown_field',
  }));
}
