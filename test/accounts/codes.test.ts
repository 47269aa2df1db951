import { applyD1Migrations } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { MailDesk } from '../../src/accounts/index.ts';
import { createCode, type NewCode, useCode } from '../../src/accounts/codes.ts';
import { newId } from '../../src/accounts/secrets.ts';
import { handleMail } from '../../src/queues/mail.ts';
import type { Mail, MailJob, MailSender } from '../../src/wire/mail.ts';

const NOW_MS = Date.UTC(2026, 10, 20);
const KEY = { id: 'k1', secret: new Uint8Array(32).fill(7) };
beforeAll(() => applyD1Migrations(env.DB, env.MIGRATIONS));

const newCode = (): NewCode => ({
  id: newId(),
  kind: 'reset-password',
  userId: null,
  emailKey: 'ada@example.com',
  purpose: '{}',
  tenantId: null,
  expiresAtMs: NOW_MS + 600_000,
  createdAtMs: NOW_MS,
});

describe('the queue of mail', () => {
  const desk = (send: MailSender['send']): MailDesk => ({
    db: env.DB,
    key: KEY,
    sender: { send },
    style: { productName: 'Acme', publicUrl: 'https://acme.test' },
  });
  const queued = (jobs: readonly Partial<MailJob>[], attempts: number) => {
    const messages = jobs.map((body) => ({ body, attempts, ack: vi.fn<Message['ack']>(), retry: vi.fn<Message['retry']>() }));
    return { messages, batch: { messages } as unknown as MessageBatch }; // what is used of it
  };
  const changed = (email: string): Partial<MailJob> => ({ kind: 'email-changed', id: email, atMs: NOW_MS, email });

  it('tries again what fails, later each time, and sends the rest meanwhile', async () => {
    vi.spyOn(console, 'error').mockReturnValue();
    const delays: unknown[] = [];
    for (const attempts of [1, 2, 20]) {
      const { messages, batch } = queued([changed('down@example.com'), changed('up@example.com')], attempts);
      await handleMail(
        batch,
        desk(async ({ to }) => (to.startsWith('down') ? Promise.reject(new Error('down')) : undefined)),
      );
      expect(messages.map(({ ack }) => ack.mock.calls.length)).toEqual([0, 1]);
      delays.push(...messages.flatMap(({ retry }) => retry.mock.calls));
    }
    expect(delays).toEqual([5, 10, 900].map((delaySeconds) => [{ delaySeconds }]));
    vi.restoreAllMocks();
  });

  it('sends the same mail under the same key for a message that comes twice', async () => {
    const email = `${newId()}@example.com`;
    const job = { kind: 'register', id: newId(), atMs: NOW_MS, email, fullName: 'Ada', passwordHash: '-' } as const;
    const sent: Mail[] = [];
    for (let time = 0; time < 2; time++)
      await handleMail(
        queued([job], time + 1).batch,
        desk(async (mail) => void sent.push(mail)),
      );
    expect(sent[0]).toMatchObject({
      to: email,
      idempotencyKey: job.id,
      text: expect.stringContaining('https://acme.test/auth/verify-email#code=c_'),
    });
    expect(sent[1]).toEqual(sent[0]);
  });
});

describe('a code', () => {
  it('is made of 256 bits that nobody has without the key, and the same when a message is handled twice', async () => {
    const code = newCode();
    const text = await createCode(env.DB, KEY, code);
    expect(text).toMatch(new RegExp(`^c_${code.id}_[0-9A-Za-z]{43}$`));
    expect(await createCode(env.DB, KEY, code)).toBe(text);
    expect(await createCode(env.DB, { id: 'k2', secret: new Uint8Array(32).fill(8) }, newCode())).not.toContain(text.slice(25));
  });

  it('is taken once of 50 attempts at once, and is its taker’s', async () => {
    const text = await createCode(env.DB, KEY, newCode());
    const taken = await Promise.all(Array.from({ length: 50 }, () => useCode(env.DB, 'reset-password', text, NOW_MS)));
    expect(taken.filter((code) => code !== null)).toHaveLength(1);
  });

  it('is refused at the sixth attempt, at its end, for another kind, and for another address', async () => {
    const text = await createCode(env.DB, KEY, newCode());
    const wrong = `${text.slice(0, -1)}${text.endsWith('0') ? '1' : '0'}`;
    expect(await useCode(env.DB, 'verify-email', text, NOW_MS)).toBeNull();
    expect(await useCode(env.DB, 'reset-password', text, NOW_MS, 'eve@example.com')).toBeNull();
    expect(await useCode(env.DB, 'reset-password', text, NOW_MS + 600_000)).toBeNull();
    expect(await useCode(env.DB, 'reset-password', wrong, NOW_MS)).toBeNull();
    expect(await useCode(env.DB, 'reset-password', text, NOW_MS)).toMatchObject({ usedAtMs: NOW_MS, attempts: 5 });
    const spent = await createCode(env.DB, KEY, newCode());
    for (let attempt = 0; attempt < 5; attempt++) await useCode(env.DB, 'verify-email', spent, NOW_MS);
    expect(await useCode(env.DB, 'reset-password', spent, NOW_MS)).toBeNull();
  });

  it.each(['', 'c_', "c_'; DROP TABLE codes; --", `c_${'a'.repeat(22)}_${'b'.repeat(43)}`])('is not %j', async (text) => {
    expect(await useCode(env.DB, 'reset-password', text, NOW_MS)).toBeNull();
  });
});
