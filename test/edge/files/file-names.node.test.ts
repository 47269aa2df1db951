import fc from 'fast-check';
import { expect, test } from 'vitest';
import { contentDisposition } from '../../../src/edge/files/content-disposition.ts';
import { canBeOfType, isPassive } from '../../../src/edge/files/content-types.ts';

const bytes = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));

test.each([
  ['report.pdf', `attachment; filename="report.pdf"; filename*=UTF-8''report.pdf`],
  ['übersicht (1).txt', `attachment; filename="_bersicht (1).txt"; filename*=UTF-8''%C3%BCbersicht%20%281%29.txt`],
  ['../../etc/passwd', `attachment; filename=".._.._etc_passwd"; filename*=UTF-8''.._.._etc_passwd`],
  ['a"; filename="b.html', `attachment; filename="a_; filename=_b.html"; filename*=UTF-8''a%22%3B%20filename%3D%22b.html`],
  ['%2e%2e%2f', `attachment; filename="_2e_2e_2f"; filename*=UTF-8''%252e%252e%252f`],
  ['文件.png', `attachment; filename="__.png"; filename*=UTF-8''%E6%96%87%E4%BB%B6.png`],
])('the name %j is sent as %s', (name, header) => {
  expect(contentDisposition('attachment', name)).toBe(header);
});

test('whatever a file is called, the header has one name in it, of ASCII and without a slash', () => {
  const shape = /^inline; filename="[ !#$&-.0-[\]-~]*"; filename\*=UTF-8''[A-Za-z0-9%._~!-]*$/;
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (name) => {
      expect(contentDisposition('inline', name)).toMatch(shape);
    }),
  );
});

test.each([
  ['image/png', '\x89PNG\r\n\x1A\n\0\0\0\rIHDR', true],
  ['image/png', '<html><script>alert(1)</script>', false],
  ['image/png', '%PDF-1.7', false],
  ['image/png', '', false],
  ['image/jpeg', '\xFF\xD8\xFF\xE0\0\x10JFIF', true],
  ['image/gif', 'GIF89a\x01\0', true],
  ['image/gif', 'GIF', false],
  ['image/webp', 'RIFF\x10\0\0\0WEBPVP8 ', true],
  ['image/webp', 'RIFF\x10\0\0\0WAVEfmt ', false],
  ['image/jpeg; charset=utf-8', '<svg xmlns="http://www.w3.org/2000/svg">', false],
  ['video/mp4', '\0\0\0\x18ftypisom', true],
  ['application/pdf', '%PDF-1.7', true],
  ['application/pdf', '<?xml version="1.0"?>', false],
  ['text/csv', '<html>', true],
  ['application/octet-stream', '\x89PNG\r\n\x1A\n', true],
])('%s may begin with %j: %s', (type, head, is) => {
  expect(canBeOfType(type, bytes(head))).toBe(is);
});

test.each([
  ['image/png', true],
  ['video/webm', true],
  ['image/svg+xml', false],
  ['image/unheard-of', false],
  ['text/html', false],
  ['text/plain', false],
  ['application/pdf', false],
  ['application/octet-stream', false],
])('%s may be shown in place: %s', (type, is) => {
  expect(isPassive(type)).toBe(is);
});
