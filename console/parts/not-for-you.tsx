import type { ComponentChildren, JSX } from 'preact';
import { Empty } from './notices.tsx';
import type { Refusal } from '../service/refusal.ts';

/** What only owners and admins of a tenant see: others are told so, instead of that something failed. */
export function NotForYou({
  role,
  refusal,
  children,
}: {
  role: string;
  refusal: Refusal | null;
  children: ComponentChildren;
}): JSX.Element {
  if (refusal?.code !== 'forbidden') return <>{children}</>;
  return (
    <Empty icon="members" title="This is for owners and admins">
      <p>You are a {role} of this tenant. An owner or admin can change that.</p>
    </Empty>
  );
}
