/** Leaves out what workerd prints whenever a test drops a connection on purpose; everything else passes as it came. */
import { Transform } from 'node:stream';

const DROPPED_CONNECTION = /^(?:uncaught exception; .*|exception = .*)(?:Network connection lost|client disconnected|disconnected: )/;
const STACK = /^stack: |^ {4}at /;
const BINDING_NOTICE = /^Using secrets defined in \.dev\.vars$/;

/** A stream of text that drops the runtime's reports of lost connections, with their stacks, line by line. */
export function withoutDroppedConnections(): Transform {
  let rest = '';
  let isInReport = false;
  const keeps = (line: string): boolean => {
    if (DROPPED_CONNECTION.test(line)) isInReport = true;
    else if (!isInReport || !STACK.test(line)) isInReport = false;
    return !isInReport && !BINDING_NOTICE.test(line);
  };
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const lines = (rest + chunk.toString()).split('\n');
      rest = lines.pop() ?? '';
      const kept = lines.filter(keeps);
      done(null, kept.length === 0 ? undefined : `${kept.join('\n')}\n`);
    },
    flush(done) {
      done(null, rest === '' || !keeps(rest) ? undefined : rest);
    },
  });
}
