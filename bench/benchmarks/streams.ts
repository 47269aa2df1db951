/** What a message to many subscribers costs, and what a log, a stalled reader and idle sockets do. */
import type { StreamBenchmark } from '../harness/stream-benchmark.ts';

const BURST = 'burst to 1,000';
const SINGLY = 'one at a time to 1,000';
const PACED = '20 a second to 10';
const PACED_IN_MEMORY = '20 a second to 10, stored in memory';
const RELAYS = 'burst to 10,000 on relays';
const LOG = 'log';
const STALLED = 'past a stalled reader';
const IDLE = '1,000 idle sockets';
const PACED_WAYS = ['hub', 'stored', 'plain', 'party'] as const;

export const benchmark: StreamBenchmark = {
  kind: 'streams',
  title: 'Streams: messages of 200 bytes; a delivery is one message to one subscriber',
  scenarios: [
    { kind: 'fan-out', name: BURST, ways: ['hub', 'plain', 'party'], subscribers: 1_000, messages: 2_000, batch: 16, inFlight: 16 },
    { kind: 'fan-out', name: SINGLY, ways: ['hub', 'plain', 'party'], subscribers: 1_000, messages: 200, batch: 1, inFlight: 1 },
    { kind: 'paced', name: PACED, ways: PACED_WAYS, subscribers: 10, messages: 1_000, perSecond: 20, isInMemory: false },
    { kind: 'paced', name: PACED_IN_MEMORY, ways: PACED_WAYS, subscribers: 10, messages: 1_000, perSecond: 20, isInMemory: true },
    {
      kind: 'fan-out',
      name: RELAYS,
      ways: ['hub'],
      subscribers: 10_000,
      messages: 2_000,
      batch: 16,
      inFlight: 16,
      relayed: { inside: 200 },
    },
    { kind: 'log', name: LOG, messages: 1_000_000, batch: 64 },
    { kind: 'stalled', name: STALLED, messages: 750_000 },
    { kind: 'idle', name: IDLE, ways: ['hub', 'plain'], subscribers: 1_000, idleMs: 13_000 },
  ],
  goals: [
    { scenario: BURST, way: 'hub', metric: 'CPU µs per delivery', atMost: 0.5 },
    { scenario: BURST, way: 'hub', metric: 'deliveries/s', atLeast: 1_200_000 },
    { scenario: BURST, way: 'hub', metric: 'out of order', atMost: 0 },
    { scenario: SINGLY, way: 'hub', metric: 'CPU µs per delivery', atMost: 1.1, timesThatOf: 'plain' },
    { scenario: PACED, way: 'hub', metric: 'p99, ms', atMost: 1, moreThanThatOf: 'stored' },
    { scenario: PACED_IN_MEMORY, way: 'hub', metric: 'p99, ms', atMost: 1, moreThanThatOf: 'plain' },
    { scenario: RELAYS, way: 'hub', metric: 'out of order', atMost: 0 },
    { scenario: LOG, way: 'hub', metric: 'appends, events/s', atLeast: 100_000 },
    { scenario: LOG, way: 'hub', metric: 'replay, events/s', atLeast: 300_000 },
    { scenario: LOG, way: 'hub', metric: 'first bytes at the end, ms', atMost: 10 },
    { scenario: STALLED, way: 'hub', metric: 'more memory with it, MB', atMost: 32 },
    { scenario: STALLED, way: 'hub', metric: 'more memory with it after four times as much, MB', atMost: 32 },
    { scenario: STALLED, way: 'hub', metric: 'p50 of another reader, times without it', atMost: 1.2 },
    { scenario: IDLE, way: 'hub', metric: 'after idling, times warm', atMost: 1.5 },
    { scenario: IDLE, way: 'hub', metric: 'CPU after idling, times warm', atMost: 1.5 },
  ],
};
