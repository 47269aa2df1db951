import { describe, expect, it } from 'vitest';
import { whyNotACallbackUrl } from '../../src/runs/callback-url.ts';

describe('a URL that is called back', () => {
  it('is of https and a public name', () => {
    expect(whyNotACallbackUrl('https://app.example.com', false)).toBeNull();
    expect(whyNotACallbackUrl('https://app.example.com:8443/shop', false)).toBeNull();
  });

  it('is nothing that only the service can reach', () => {
    const refused = [
      'app.example.com',
      'ftp://app.example.com',
      'http://app.example.com',
      'https://user:secret@app.example.com',
      'https://app.example.com/?to=elsewhere',
      'https://localhost',
      'https://app.localhost',
      'https://127.0.0.1',
      'https://2130706433',
      'https://0x7f.1',
      'https://10.0.0.1',
      'https://169.254.169.254',
      'https://8.8.8.8',
      'https://[::1]',
      'https://[fd00::1]',
      'https://metadata.google.internal',
      'https://printer.local.',
      'https://intranet',
    ];
    expect(refused.filter((url) => whyNotACallbackUrl(url, false) === null)).toEqual([]);
  });

  it('may be on this machine in development, and on no other of its network', () => {
    const local = ['http://localhost:3000', 'http://127.0.0.1:3000', 'http://127.1:3000', 'http://[::1]:3000', 'https://localhost'];
    expect(local.filter((url) => whyNotACallbackUrl(url, true) !== null)).toEqual([]);
    expect(whyNotACallbackUrl('http://10.0.0.1:3000', true)).toBe(
      'expected https and a public name, or a loopback address, got http://10.0.0.1:3000',
    );
    expect(whyNotACallbackUrl('http://localhost@10.0.0.1', true)).not.toBeNull();
    expect(whyNotACallbackUrl('https://127.0.0.1.example.com', true)).toBeNull();
  });
});
