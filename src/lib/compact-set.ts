/**
 * A set that answers "perhaps" or "certainly not", in 10 bits a member: one in 300 of those who are no members is taken for one.
 *
 * Each member has a place among 300 times as many as there are members. What is kept is how far each is from the one before, by Golomb and Rice: the distance in
 * units of 256 as so many ones and a zero, and the rest in 8 bits.
 */
import { mixedHashOf } from './text-hash.ts';

const ONE_IN = 300;
const REST_BITS = 8;
const REST_MASK = (1 << REST_BITS) - 1;

/** The set of these members, of which it holds no text. At most 65,535. */
export function compactSetOf(members: readonly string[]): Uint8Array {
  const places = [...new Set(members.map((member) => placeOf(member, members.length)))].toSorted((one, other) => one - other);
  const bits = places.map((place, index) => {
    const distance = place - (places[index - 1] ?? 0);
    const rest = (distance & REST_MASK).toString(2).padStart(REST_BITS, '0');
    return `${'1'.repeat(distance >> REST_BITS)}0${rest}`;
  });
  // What fills the last byte is a distance without an end.
  const bytes = `${bits.join('')}1111111`.match(/.{8}/g) ?? [];
  return Uint8Array.from([members.length >> 8, members.length & 255, ...bytes.map((byte) => Number.parseInt(byte, 2))]);
}

/** Asks a set, as `compactSetOf` makes it: whether a text is perhaps a member. */
export function compactSet(bytes: Uint8Array): (text: string) => boolean {
  const [high = 0, low = 0] = bytes;
  const count = high * 256 + low;
  const places = placesIn(bytes.subarray(2));
  return (text) => places.has(placeOf(text, count));
}

function placesIn(bytes: Uint8Array): ReadonlySet<number> {
  const places = new Set<number>();
  let place = 0;
  let restBits = 0;
  for (const bit of bitsIn(bytes)) {
    if (restBits > 0) {
      restBits -= 1;
      place += bit << restBits;
      if (restBits === 0) places.add(place);
    } else if (bit === 1) place += 1 << REST_BITS;
    else restBits = REST_BITS;
  }
  return places;
}

function* bitsIn(bytes: Uint8Array): Generator<number> {
  for (const byte of bytes) for (let shift = 7; shift >= 0; shift--) yield (byte >> shift) & 1;
}

function placeOf(text: string, count: number): number {
  return mixedHashOf(text) % (count * ONE_IN);
}
