/**
 * A process that answers as DynamoDB would after a set time: `node stub-dynamodb.ts <milliseconds>`.
 *
 * Node's timers make it up to a millisecond more. Signatures are not checked and connections not limited: a run shows how many calls
 * were under way at once. Answers any question of its parent with a `StubReport`, and starts counting anew.
 */
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { answerQuestions } from './child-process.ts';
import { HttpMessages } from './http-messages.ts';
import { answerTo } from './stub-answers.ts';

/** What was asked since the last report. */
export interface StubReport {
  port: number;
  calls: number;
  keys: number;
  /** the most calls that were unanswered at one moment */
  maxInFlight: number;
}

const NOTHING = { calls: 0, keys: 0, maxInFlight: 0 };
const latencyMs = Number(process.argv[2]);
let counts = NOTHING;
let inFlight = 0;

function serve(socket: Socket): void {
  const messages = new HttpMessages((head, body) => {
    const operation = /\r\nx-amz-target: *DynamoDB_20120810\.(\w+)/i.exec(head)?.[1] ?? '';
    const answer = answerTo(operation, body.toString());
    inFlight++;
    counts = { calls: counts.calls + 1, keys: counts.keys + answer.keys, maxInFlight: Math.max(counts.maxInFlight, inFlight) };
    setTimeout(() => {
      inFlight--;
      const length = Buffer.byteLength(answer.body);
      socket.write(
        `HTTP/1.1 ${answer.status}\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: ${length}\r\n\r\n${answer.body}`,
      );
    }, latencyMs);
  });
  socket.setNoDelay(true);
  socket.on('data', (chunk) => messages.push(chunk));
  socket.on('error', () => socket.destroy());
}

const server = createServer(serve);
const listening = new Promise<number>((resolve) => {
  server.listen({ host: '127.0.0.1', port: 0, backlog: 1024 }, () => resolve((server.address() as AddressInfo).port)); // TCP, so no string
});

answerQuestions(async (): Promise<StubReport> => {
  const report = { port: await listening, ...counts };
  counts = NOTHING;
  return report;
});
