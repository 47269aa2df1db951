/** What a stream's object needs, and how it may be set up. */
import type { StreamDirectoryNamespace, StreamHubNamespace, StreamRelayNamespace } from '../stubs.ts';

/** The bindings that the object reads. */
export interface StreamHubEnv {
  STREAM_HUB: StreamHubNamespace;
  STREAM_DIRECTORY: StreamDirectoryNamespace;
  STREAM_RELAY: StreamRelayNamespace;
  /** where the older messages of long streams are kept; without one they stay in their objects */
  STREAM_SEGMENTS?: R2Bucket;
}

/** How streams are held. */
export interface StreamHubOptions {
  /** at most as many readers has one object before others go to relays, however little there is to say; default 8,000 */
  readersPerObject?: number;
}
