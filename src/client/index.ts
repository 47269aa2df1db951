/** The service from outside: in browsers, Node 22 and newer, Deno and Workers. Depends on nothing but fetch and WebSocket. */
export { createClient, type SteamerClient } from './client.ts';
export { FilesClient, type FileInfo, type FilesUsage, type NewFile, type SendOptions } from './files-client.ts';
export type { JsonClientOptions, JsonRequest } from './json-requests.ts';
export { ModelClient } from './model-client.ts';
export type {
  Action,
  BatchWrites,
  BatchWritten,
  Changes,
  Item,
  ItemId,
  KeyCondition,
  ListOptions,
  ModelShape,
  NewItem,
  Page,
  ReadOptions,
  SearchOptions,
  WriteOptions,
} from './model-types.ts';
export { Session, type Credentials, type SessionOptions, type TokenStorage, type User } from './session.ts';
export { StreamClient, type NewStream } from './stream-client.ts';
export { SteamerError, type Issue, type SocketOpener, type ClientOptions } from './connection.ts';
export type { FollowOptions, FollowStatus, StreamEvent } from './follow.ts';
export type { ProducerOptions, StreamProducer } from './stream-producer.ts';
export type { StreamPart } from './stream-part.ts';
export { WorkflowClient, type RunFilter, type WorkflowEvent, type WorkflowRun } from './workflow-client.ts';
