/** The service from outside, its models and its streams: in browsers, in Node 22 and newer, and in Workers. Depends on nothing but fetch and WebSocket. */
export { createClient, type SteamerClient } from './client.ts';
export type { JsonClientOptions, JsonRequest } from './json-requests.ts';
export { ModelClient } from './model-client.ts';
export type {
  Changes,
  Item,
  ItemId,
  KeyCondition,
  ListOptions,
  ModelShape,
  NewItem,
  Page,
  ReadOptions,
  WriteOptions,
} from './model-types.ts';
export { StreamClient, type NewStream } from './stream-client.ts';
export { SteamerError, type Issue, type SocketOpener, type ClientOptions } from './connection.ts';
export type { FollowOptions, FollowStatus, StreamEvent } from './follow.ts';
export type { ProducerOptions, StreamProducer } from './stream-producer.ts';
export type { StreamPart } from './stream-part.ts';
