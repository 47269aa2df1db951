/** Everything that dynamo-bao exports, and what it should have. */
export * from 'steamer/bao';
