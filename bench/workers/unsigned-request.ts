/** What both signers sign: reads of one item, each of another key. */
export const SIGNATURES = 100;
export const ENDPOINT = 'https://dynamodb.eu-west-1.amazonaws.com/';
export const REGION = 'eu-west-1';
export const TARGET = 'DynamoDB_20120810.GetItem';
export const CREDENTIALS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };

export function unsignedBody(at: number): string {
  return JSON.stringify({ TableName: 'bench', Key: { _pk: { S: `[bench]#it#${at}` }, _sk: { S: 'it' } }, ReturnConsumedCapacity: 'TOTAL' });
}
