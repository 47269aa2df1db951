/** Which types can be told by a file's first bytes, and which of them a browser may show in place (WHATWG MIME Sniffing, section 6). */

/** As many bytes are enough to tell. */
export const SNIFFED_BYTES = 16;

/** Bytes as text of one character each; `.` stands for any byte. */
const SIGNATURES: readonly [type: string, signature: string][] = [
  ['image/png', '\x89PNG\r\n\x1A\n'],
  ['image/jpeg', '\xFF\xD8\xFF'],
  ['image/gif', 'GIF87a'],
  ['image/gif', 'GIF89a'],
  ['image/webp', 'RIFF....WEBP'],
  ['image/avif', '....ftypavif'],
  ['image/avif', '....ftypavis'],
  ['image/bmp', 'BM'],
  ['audio/mpeg', 'ID3'],
  ['audio/mpeg', '\xFF\xFB'],
  ['audio/mpeg', '\xFF\xF3'],
  ['audio/mpeg', '\xFF\xF2'],
  ['audio/wav', 'RIFF....WAVE'],
  ['audio/flac', 'fLaC'],
  ['audio/ogg', 'OggS\0'],
  ['video/ogg', 'OggS\0'],
  ['video/mp4', '....ftyp'],
  ['audio/mp4', '....ftyp'],
  ['video/quicktime', '....ftyp'],
  ['video/webm', '\x1A\x45\xDF\xA3'],
  ['audio/webm', '\x1A\x45\xDF\xA3'],
  ['application/pdf', '%PDF-'],
  ['application/zip', 'PK\x03\x04'],
  ['application/zip', 'PK\x05\x06'],
  ['application/gzip', '\x1F\x8B\x08'],
];

/** Pictures, sound and films do nothing. A PDF has scripts and is not among them, and neither is SVG, which cannot be told from other XML. */
const PASSIVE = /^(?:image|audio|video)\//;

/** The types that have one. */
const CHECKED = new Set(SIGNATURES.map(([type]) => type));

/**
 * Whether content that begins like this can be of the type. Types that have no signature are taken at their word: they are never shown in place.
 *
 * @param head the first 16 bytes, or all there are
 */
export function canBeOfType(type: string, head: Uint8Array): boolean {
  const essence = essenceOf(type);
  if (!CHECKED.has(essence)) return true;
  return SIGNATURES.some(([of, signature]) => of === essence && beginsWith(head, signature));
}

/** Whether a browser may show content that was checked to be of this type, instead of saving it. */
export function isPassive(type: string): boolean {
  const essence = essenceOf(type);
  return PASSIVE.test(essence) && CHECKED.has(essence);
}

function essenceOf(type: string): string {
  return type.split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

function beginsWith(head: Uint8Array, signature: string): boolean {
  if (head.length < signature.length) return false;
  return [...signature].every((character, at) => character === '.' || head[at] === character.charCodeAt(0));
}
