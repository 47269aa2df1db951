/** What fields have in common that are stored as another type than text, a number or a boolean. */
import { marshall, unmarshall } from '../../dynamo/codec.ts';
import type { AttributeValue } from '../../dynamo/types.ts';
import { BaoField } from './field.ts';

/** A field of bytes, sets, maps or lists: never part of a key. */
export class TypedField extends BaoField {
  override readonly isKeyable: boolean = false;

  override marshall(stored: unknown): AttributeValue {
    return marshall(stored);
  }

  override unmarshall(attribute: AttributeValue): unknown {
    return unmarshall(attribute);
  }
}
