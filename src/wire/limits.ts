/** The names of the limit policies that routes are held to. What each allows is the operator's, never the caller's. */
export const LIMIT_POLICIES = ['public', 'read', 'write', 'batch', 'operator'] as const;
export type LimitPolicyName = (typeof LIMIT_POLICIES)[number];

/** How much a request matters: when most of a share is used, the less critical are refused first. In this order. */
export const PRIORITIES = ['critical', 'normal', 'background'] as const;
export type Priority = (typeof PRIORITIES)[number];

/** The largest JSON body of one item: DynamoDB's 400 KB, doubled for JSON's escapes and base64. */
export const ITEM_BODY_MAX_BYTES = 1024 * 1024;
/** The largest JSON body of a call that names many items by their ids. */
export const BATCH_BODY_MAX_BYTES = 256 * 1024;
/** The largest JSON body of a call that writes many items: what DynamoDB takes in one transaction, and JSON around it. */
export const MANY_ITEMS_BODY_MAX_BYTES = 6 * 1024 * 1024;
/** The largest delivery of a table's stream, in bytes and in records: what Lambda hands to a function at a time. */
export const STREAM_BODY_MAX_BYTES = 6 * 1024 * 1024;
export const STREAM_MAX_RECORDS = 1_000;
/** How many tenants one scrape of metrics may name. */
export const METRICS_MAX_TENANTS = 20;
/** The largest JSON body of run-time changes to limits. */
export const LIMITS_BODY_MAX_BYTES = 256 * 1024;
/** How many actions one transaction may have: DynamoDB's own number. */
export const TRANSACTION_MAX_ACTIONS = 100;
/** How many puts and deletes one batch-write may have. */
export const BATCH_WRITE_MAX_ITEMS = 100;
/** How many ids one batch-get may name. */
export const BATCH_GET_MAX_IDS = 100;
/** How many items one page may hold, and how many it holds when nothing is said. */
export const PAGE_MAX_ITEMS = 1000;
export const PAGE_DEFAULT_ITEMS = 100;
/** How many items one page of a search may hold, and how many it holds when nothing is said: each is read by itself. */
export const SEARCH_PAGE_MAX_ITEMS = 100;
export const SEARCH_PAGE_DEFAULT_ITEMS = 25;
/** How many words and phrases one search may have. */
export const SEARCH_TERMS_MAX = 20;
/** The longest request target, filter or cursor, in characters. */
export const QUERY_PARAMETER_MAX_CHARACTERS = 16_384;

/** The longest name of a stream in bytes, and the largest message and append. */
export const STREAM_NAME_MAX_BYTES = 255;
export const STREAM_MESSAGE_MAX_BYTES = 1024 * 1024;
export const STREAM_APPEND_MAX_BYTES = 4 * 1024 * 1024;
/** The longest id of a producer, and the longest Content-Type and Stream-Seq. */
export const STREAM_PRODUCER_ID_MAX_CHARACTERS = 255;
export const STREAM_HEADER_MAX_CHARACTERS = 255;
/** How many streams one page of their list may hold, and how many it holds when nothing is said. */
export const STREAMS_MAX_LIMIT = 1000;
export const STREAMS_DEFAULT_LIMIT = 100;

/** The longest time to live of a stream, and the longest that it keeps a message: a hundred years. */
export const STREAM_TIME_MAX_SEC = 100 * 365.25 * 86_400;

/** How long a ticket may be used for a socket, and how long a socket lives. */
export const STREAM_TICKET_SEC = 60;
export const STREAM_SOCKET_SEC = 15 * 60;

/** How many streams one socket may follow. */
export const SHARED_SOCKET_MAX_STREAMS = 128;

/** How many members may be present on a stream, and how long what one says of itself is, in characters of JSON. */
export const STREAM_MEMBERS_MAX = 1_000;
export const STREAM_MEMBER_DATA_MAX_CHARACTERS = 1024;
/** The largest payload of a workflow's event: an answer may have three of them, and a call to an object carries 32 MiB. */
export const WORKFLOW_PAYLOAD_MAX_BYTES = 8 * 1024 * 1024;
/** The largest payload that is no bytes, or where there is no bucket for payloads; and what is said about an event besides, in bytes. */
export const WORKFLOW_ROW_MAX_BYTES = 1024 * 1024;
export const WORKFLOW_EVENT_DATA_MAX_BYTES = 64 * 1024;
/** The longest id or token, and the longest name, of a workflow. */
export const WORKFLOW_ID_MAX_CHARACTERS = 255;
export const WORKFLOW_NAME_MAX_CHARACTERS = 1024;
/** How many entries a page of the World's lists may hold. */
export const WORKFLOW_PAGE_MAX_ENTRIES = 1000;
/** The largest request of calls to the World, in bytes: a payload, and what goes with it. */
export const WORLD_REQUEST_MAX_BYTES = 12 * 1024 * 1024;
/** How many calls it may have: what is read may be pages of 8 MiB, and the isolate has 128. */
export const WORLD_CALLS_MAX = { read: 4, write: 50 } as const;
/** Reads and writes come in requests of their own, as they need different scopes. */
export type CallAccess = keyof typeof WORLD_CALLS_MAX;
/** How many events a run may have: the SDK ends it there. */
export const WORKFLOW_MAX_EVENTS = 25_000;

/** A message that an operator sends to a queue: Cloudflare's takes 128 KB. */
export const QUEUE_MESSAGE_MAX_BYTES = 100 * 1024;
