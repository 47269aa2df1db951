/** Which attributes an update may change, without understanding it. */
import type { UpdateItemInput } from '../../dynamo/types.ts';

type Update = Pick<UpdateItemInput, 'UpdateExpression' | 'ExpressionAttributeNames'>;

/** False when the update surely leaves `attribute` as it is: its expression does not mention it, and neither do its names. */
export function mayChange({ UpdateExpression = '', ExpressionAttributeNames = {}, ...rest }: Update, attribute: string): boolean {
  return (
    // what stood for an expression in DynamoDB's first API
    'AttributeUpdates' in rest || UpdateExpression.includes(attribute) || Object.values(ExpressionAttributeNames).includes(attribute)
  );
}
