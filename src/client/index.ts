/** Streams from outside of the service: in browsers, in Node 22 and newer, and in Workers. Depends on nothing but fetch and WebSocket. */
export { StreamClient, type NewStream } from './stream-client.ts';
export { StreamError, type SocketOpener, type StreamClientOptions } from './connection.ts';
export type { FollowOptions, FollowStatus, StreamEvent } from './follow.ts';
export type { ProducerOptions, StreamProducer } from './stream-producer.ts';
export type { StreamPart } from './stream-part.ts';
