/** JSON Schemas of a model with the fields that a principal may use. */
import { jsonSchemaOf } from '../bao/for-services.ts';
import type { JsonSchemaUse } from '../bao/for-services.ts';
import type { JsonSchema } from '../wire/route.ts';
import { optionalFields } from './permitted-data.ts';
import type { ViewedModel } from './viewed-model.ts';

/** The schema of an item as the principal sees it, or of the bodies of its writes. What it may replace it may put back as it was read. */
export function visibleSchema({ model, permissions }: ViewedModel, use: JsonSchemaUse): JsonSchema {
  const isReadable = (field: string): boolean => permissions.fieldReach(field, 'read') !== 'none';
  const isWritable = (field: string): boolean => permissions.fieldReach(field, 'write') !== 'none';
  if (use === 'read') return jsonSchemaOf(model, use, { shows: isReadable, requires: (field) => permissions.mayAskAbout(field) });
  const optional = optionalFields(permissions, use);
  return jsonSchemaOf(model, use, {
    shows: (field) => isWritable(field) || (use === 'replace' && isReadable(field)),
    requires: (field) => !optional.has(field),
  });
}
