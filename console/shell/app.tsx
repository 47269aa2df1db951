import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Empty, Failure, Waiting } from '../parts/notices.tsx';
import { isInvited, ofMail } from './mail-link.ts';
import { Navigation } from './navigation.tsx';
import { Notes } from './notes.tsx';
import { isPageName, PAGES } from './pages.tsx';
import { PasswordAgain } from './password-again.tsx';
import { linkTo, place } from './route.ts';
import { readSession, session, type Session } from './session.ts';
import { SignIn } from './sign-in.tsx';

const FIRST_PAGE = 'overview';

export function App(): JSX.Element {
  return (
    <>
      <Inside session={session.value} />
      <Notes />
    </>
  );
}

function Inside({ session: current }: { session: Session }): JSX.Element {
  switch (current.kind) {
    case 'unknown':
      return <Waiting />;
    case 'unreachable':
      return (
        <main class="alone">
          <Failure refusal={current.refusal} retry={() => void readSession()} />
        </main>
      );
    case 'out':
      return <SignIn />;
    case 'in':
      return ofMail.value === null || isInvited() ? <Workplace session={current} /> : <SignIn />;
  }
}

function Workplace({ session: { user, tenants } }: { session: Extract<Session, { kind: 'in' }> }): JSX.Element {
  const { tenant: named, page, rest } = place.value;
  const [isMenuOpen, setMenuOpen] = useState(false);
  const main = useRef<HTMLElement>(null);
  const isFirst = useRef(true);
  const tenant = tenants.find(({ id }) => id === named) ?? tenants[0] ?? null;
  const where = [named, page, ...rest].join('/');

  // A place that names none leads to the first there is.
  useEffect(() => {
    if (isInvited()) location.replace(linkTo(null, 'tenants'));
    else if (place.value.page === '') location.replace(tenant === null ? linkTo(null, 'tenants') : linkTo(tenant.id, FIRST_PAGE));
  }, [page, tenant?.id]);

  // Whoever reads with ears or keys is told of the new page, and goes on in it.
  useEffect(() => {
    setMenuOpen(false);
    if (isFirst.current) isFirst.current = false;
    else main.current?.querySelector('h1')?.focus({ preventScroll: true });
    scrollTo(0, 0);
  }, [where]);

  const content = isPageName(page) ? PAGES[page] : null;
  return (
    <div class="workplace">
      <a class="skip" href="#main" onClick={(event) => (event.preventDefault(), main.current?.focus())}>
        To the content
      </a>
      <Navigation user={user} tenants={tenants} tenant={tenant} page={page} isOpen={isMenuOpen} onToggle={setMenuOpen} />
      <main ref={main} id="main" tabIndex={-1}>
        {content === null ? (
          <Empty icon="warning" title="There is no such page">
            <p>
              <a href={linkTo(tenant?.id ?? null, tenant === null ? 'tenants' : FIRST_PAGE)}>Go to the first one</a>
            </p>
          </Empty>
        ) : content.isOfTenant && (tenant === null || (named !== null && tenant.id !== named)) ? (
          <Empty icon="warning" title={named === null ? 'You have no tenant yet' : `You are not a member of “${named}”`}>
            <p>
              <a href={linkTo(null, 'tenants')}>See your tenants</a>, or make one.
            </p>
          </Empty>
        ) : (
          <content.Content key={tenant?.id ?? ''} tenant={tenant?.id ?? ''} rest={rest} role={tenant?.role ?? ''} />
        )}
      </main>
      <PasswordAgain />
    </div>
  );
}
