/** Who is there: readers that say so, one member for each principal however many sockets it has. */
import { encodeFrame } from '../../wire/stream-frames.ts';
import type { Member, PresenceHeader } from '../../wire/stream-frames.ts';
import type { Reader } from './reader.ts';

/** The members that the readers make, those who are there longest first. Of several sockets of a principal the last says what its data is. */
export function membersOf(readers: Iterable<Reader>): Member[] {
  const members = new Map<string, Member>();
  const present = [...readers].flatMap(({ member }) => (member ? [member] : []));
  for (const member of present.toSorted((one, other) => one.sinceMs - other.sinceMs)) {
    const { sinceMs } = members.get(keyOf(member)) ?? member;
    members.set(keyOf(member), { ...member, sinceMs });
  }
  return [...members.values()];
}

/** Tells a reader that has come who is there, and the others that it is. */
export function announceJoin(reader: Reader, readers: Iterable<Reader>): void {
  const { member } = reader;
  if (!member) return;
  const present = [...readers].filter((other) => other.member && other !== reader);
  tell(reader, { type: 'presence', event: 'members', members: membersOf([...present, reader]) });
  const isKnown = present.some((other) => other.member && keyOf(other.member) === keyOf(member));
  if (!isKnown) for (const other of present) tell(other, { type: 'presence', event: 'join', members: [member] });
}

/** Tells those who are left that a reader has gone, unless its principal has another socket. */
export function announceLeave({ member }: Reader, left: Iterable<Reader>): void {
  if (!member) return;
  const present = [...left].filter((other) => other.member);
  if (present.some((other) => other.member && keyOf(other.member) === keyOf(member))) return;
  for (const other of present) tell(other, { type: 'presence', event: 'leave', members: [member] });
}

function tell({ socket }: Reader, header: PresenceHeader): void {
  if (socket.readyState === WebSocket.OPEN) socket.send(encodeFrame({ header, data: '' }));
}

function keyOf({ kind, id }: Member): string {
  return `${kind}/${id}`;
}
