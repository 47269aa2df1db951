/** `node --import` this: a program with dynamo-bao works on the DynamoDB at DYNAMODB_ENDPOINT. */
import { redirectDynamoDb } from './redirect.ts';

redirectDynamoDb(process.env['DYNAMODB_ENDPOINT'] ?? 'http://127.0.0.1:8000');
