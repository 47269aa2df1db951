/**
 * The file of an HTML form (RFC 7578), read as a stream. Its size is known before it has come: what the whole body has, without what stands before and behind the
 * file; so the field `file` has to be the last one, and R2 can be told a length.
 */
import { ServiceError } from '../../lib/errors.ts';

export interface FormFile {
  name: string;
  type: string;
  size: number;
  /** ends with an error, and so is stored nowhere, when the form does not end with the file */
  content: ReadableStream<Uint8Array>;
}

const FIELD = 'file';
/** Of all that stands before the file. */
const MAX_HEAD_LENGTH = 16_384;
/** As many a function may have. */
const ARGUMENTS = 8_192;
const BOUNDARY = /^multipart\/form-data\s*;.*?boundary=(?:"([^"\r\n]{1,70})"|([^\s;"]{1,70}))/i;

/** @throws ServiceError `unsupported_media_type` for what is no form, `invalid_input` for one that is not understood, or has no file */
export async function openFormFile({ headers, body }: Request): Promise<FormFile> {
  const [, quoted, plain] = BOUNDARY.exec(headers.get('content-type') ?? '') ?? [];
  const boundary = quoted ?? plain;
  if (boundary === undefined) throw new ServiceError('unsupported_media_type', 'Expected multipart/form-data with a boundary.');
  const length = Number(headers.get('content-length') ?? Number.NaN);
  if (body === null || Number.isNaN(length)) throw notUnderstood('a body with a Content-Length');
  const reader = (body as ReadableStream<Uint8Array>).getReader();
  const head = await readHead(reader, `\r\n--${boundary}`);
  const closing = `\r\n--${boundary}--\r\n`;
  const size = length - head.length - closing.length;
  if (size < 0) throw notUnderstood('a form that ends with the field "file"');
  const content = contentOf(reader, head.rest, { size, delimiter: `\r\n--${boundary}`, closing });
  return { name: head.name, type: head.type, size, content };
}

interface Head {
  name: string;
  type: string;
  /** how many bytes it has */
  length: number;
  /** what has come of the file */
  rest: Uint8Array;
}

/** Everything up to the content of the file; other fields are passed over. */
async function readHead(reader: ReadableStreamDefaultReader<Uint8Array>, delimiter: string): Promise<Head> {
  // A form begins with its first delimiter, without the line break before it.
  let text = '\r\n';
  for (;;) {
    const head = fileHead(text, delimiter);
    if (head !== null) return head;
    if (text.length > MAX_HEAD_LENGTH) throw notUnderstood(`the field "${FIELD}" within ${MAX_HEAD_LENGTH} bytes`);
    const { value, done } = await reader.read();
    if (done) throw notUnderstood(`a field "${FIELD}" with a file`);
    text += latin1(value);
  }
}

/** Null while more has to come. */
function fileHead(text: string, delimiter: string): Head | null {
  let at = 0;
  for (;;) {
    if (!text.startsWith(`${delimiter}\r\n`, at)) {
      if (text.length < at + delimiter.length + 2) return null;
      throw notUnderstood(`a field "${FIELD}" with a file`);
    }
    const from = at + delimiter.length;
    const until = text.indexOf('\r\n\r\n', from);
    if (until === -1) return null;
    const headers = text.slice(from, until);
    const [, field] = /^content-disposition: *form-data *;(?:.*;)? *name="([^"]*)"/im.exec(headers) ?? [];
    const [, name] = /^content-disposition:.*; *filename="([^"]*)"/im.exec(headers) ?? [];
    if (field === FIELD && name !== undefined) {
      const [, type = 'application/octet-stream'] = /^content-type:([^\r\n]+)$/im.exec(headers) ?? [];
      // The text has a line break that the body has not.
      return { name: fileName(name), type: type.trim(), length: until + 4 - 2, rest: bytesOf(text.slice(until + 4)) };
    }
    at = text.indexOf(delimiter, until + 2);
    if (at === -1) return null;
  }
}

function contentOf(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  first: Uint8Array,
  { size, delimiter, closing }: { size: number; delimiter: string; closing: string },
): ReadableStream<Uint8Array> {
  let left = size;
  const hasPassed = watchFor(bytesOf(delimiter));
  let end = '';
  const take = (chunk: Uint8Array): Uint8Array => {
    const content = chunk.subarray(0, left);
    left -= content.byteLength;
    // One byte more than there may be is enough to tell.
    end += latin1(chunk.subarray(content.byteLength, content.byteLength + closing.length + 1));
    if (hasPassed(content) || end.length > closing.length) throw notUnderstood(`nothing behind the field "${FIELD}"`);
    return content;
  };
  return new ReadableStream({
    start: (controller) => controller.enqueue(take(first)),
    async pull(controller) {
      const { value, done } = await reader.read();
      if (done && end !== closing) throw notUnderstood('a form that is whole');
      if (done) controller.close();
      else controller.enqueue(take(value));
    },
    cancel: (reason) => reader.cancel(reason),
  });
}

/** Tells of chunk after chunk whether the delimiter has passed. Its first byte is nowhere else in it, so that what breaks one off begins another only by being that byte. */
function watchFor(delimiter: Uint8Array): (chunk: Uint8Array) => boolean {
  const [first = 0] = delimiter;
  let matched = 0;
  return (chunk) => {
    let at = 0;
    while (at < chunk.byteLength && matched < delimiter.byteLength) {
      if (matched === 0) at = chunk.indexOf(first, at);
      if (at === -1) return false;
      if (chunk[at] !== delimiter[matched]) matched = 0;
      else {
        at++;
        matched++;
      }
    }
    return matched === delimiter.byteLength;
  };
}

/** As browsers write it: UTF-8, with quotes and line breaks percent-encoded. */
function fileName(text: string): string {
  return new TextDecoder().decode(bytesOf(text)).replaceAll('%22', '"');
}

/** A character for each byte. Platforms read Latin 1 as Windows-1252, from which there is no way back. */
function latin1(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.byteLength; at += ARGUMENTS) text += String.fromCharCode(...bytes.subarray(at, at + ARGUMENTS));
  return text;
}

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function notUnderstood(expected: string): ServiceError {
  return new ServiceError('invalid_input', `The form: expected ${expected}.`);
}
