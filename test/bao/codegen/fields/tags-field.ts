/** A field of an application that reads as a value while it is unset. */
import { fields } from '../../../../src/bao/index.ts';

export class TagsFieldClass extends fields.StringFieldClass {
  override expectation(value: unknown): string | null {
    return Array.isArray(value) && value.every((tag) => typeof tag === 'string') ? null : 'an array of strings';
  }

  override toDy(value: readonly string[]): string {
    return value.join(' ');
  }

  override fromDy(value: unknown): string[] {
    return typeof value === 'string' ? value.split(' ') : [];
  }
}

export const TagsField = (options = {}): TagsFieldClass => new TagsFieldClass(options);
