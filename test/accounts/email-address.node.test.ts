import { describe, expect, it } from 'vitest';
import { parseEmail } from '../../src/accounts/email-address.ts';

describe('an address', () => {
  it.each([
    ['Ada@Example.COM', 'ada@example.com'],
    ['  ada@example.com ', 'ada@example.com'],
    ['ａｄａ@example.com', 'ada@example.com'],
    ['ada@münchen.de', 'ada@xn--mnchen-3ya.de'],
    ['ada@MÜNCHEN.de', 'ada@xn--mnchen-3ya.de'],
    ['jo\u0301@example.com', 'jó@example.com'],
    ['o’neill+news@mail.example.co.uk', 'o’neill+news@mail.example.co.uk'],
  ])('%j is compared as %j', (given, key) => {
    expect(parseEmail(given)?.key).toBe(key);
  });

  it.each([
    '',
    'ada',
    '@example.com',
    'ada@',
    'ada@localhost',
    'ada@127.0.0.1',
    'ada@[::1]',
    'ada@example.com\r\nBcc: all@example.com',
    'ada\n@example.com',
    'ada <ada@example.com>',
    'ada,bob@example.com',
    'ada@example.com/path',
    'ada@exa mple.com',
    'ada@example.com:25',
    `${'a'.repeat(65)}@example.com`,
    `ada@${'a'.repeat(250)}.com`,
  ])('%j is none', (given) => {
    expect(parseEmail(given)).toBeNull();
  });
});
