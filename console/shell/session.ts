/** Who has signed in, and which tenants that opens. */
import { effect, signal } from '@preact/signals';
import type { User } from 'steamer/client';
import { asRefusal, type Refusal } from '../service/refusal.ts';
import { endedSessions, send } from '../service/send.ts';

export interface Tenant {
  id: string;
  name: string;
  role: string;
  plan: string;
  isSuspended: boolean;
}

export type Session =
  | { kind: 'unknown' }
  | { kind: 'unreachable'; refusal: Refusal }
  | { kind: 'out' }
  | { kind: 'in'; user: User; tenants: readonly Tenant[] };

export const session = signal<Session>({ kind: 'unknown' });

effect(() => {
  if (endedSessions.value > 0) session.value = { kind: 'out' };
});

/** Finds out who has signed in. */
export async function readSession(): Promise<void> {
  try {
    const [user, answer] = await Promise.all([
      send<User>({ method: 'GET', path: '/v1/auth/me' }),
      send<{ tenants: Tenant[] }>({ method: 'GET', path: '/v1/auth/tenants' }),
    ]);
    session.value = { kind: 'in', user: user.value, tenants: answer.value.tenants };
  } catch (error) {
    const refusal = asRefusal(error);
    session.value = refusal.code === 'unauthenticated' ? { kind: 'out' } : { kind: 'unreachable', refusal };
  }
}

/** @throws Refusal */
export async function signOut(): Promise<void> {
  await send({ method: 'POST', path: '/v1/auth/logout' });
  session.value = { kind: 'out' };
}
