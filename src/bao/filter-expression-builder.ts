/** dynamo-bao's builder of filter expressions, for requests that are made without a model's methods. */
import { unmarshallItem } from '../dynamo/codec.ts';
import { Placeholders } from './expression.ts';
import { compileFilter } from './filter.ts';
import { definitionOf } from './model-registry.ts';
import type { ModelClass } from './model-class.ts';

/** The parts of a Query or Scan; values are plain ones, as `documentClient.send` takes them. */
export interface FilterExpression {
  FilterExpression: string;
  ExpressionAttributeNames: Record<string, string>;
  ExpressionAttributeValues: Record<string, unknown>;
}

/** Makes the FilterExpression of DynamoDB from a filter over a model, as dynamo-bao's class of this name does. */
export class FilterExpressionBuilder {
  /**
   * The expression of a filter over a model; null for an empty one.
   *
   * @throws QueryError for an unknown field or operator, ValidationError for an operand that is not of the field's kind
   */
  build(filter: object | null | undefined, model: ModelClass): FilterExpression | null {
    const placeholders = new Placeholders();
    const expression = filter ? compileFilter(definitionOf(model), filter, placeholders) : null;
    if (expression === null) return null;
    const { ExpressionAttributeNames = {}, ExpressionAttributeValues = {} } = placeholders.toInput();
    return { FilterExpression: expression, ExpressionAttributeNames, ExpressionAttributeValues: unmarshallItem(ExpressionAttributeValues) };
  }
}
