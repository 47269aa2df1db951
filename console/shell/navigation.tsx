import type { JSX } from 'preact';
import type { User } from 'steamer/client';
import { IconButton } from '../parts/button.tsx';
import { Icon } from '../parts/icon.tsx';
import { note } from './notes.tsx';
import { PAGES } from './pages.tsx';
import { go, linkTo } from './route.ts';
import { signOut, type Tenant } from './session.ts';
import { choose, theme, THEMES } from './theme.ts';

interface NavigationProps {
  user: User;
  tenants: readonly Tenant[];
  tenant: Tenant | null;
  page: string;
  isOpen: boolean;
  onToggle: (isOpen: boolean) => void;
}

export function Navigation({ user, tenants, tenant, page, isOpen, onToggle }: NavigationProps): JSX.Element {
  return (
    <>
      <header class="top">
        <button
          type="button"
          class="button quiet icon-only"
          aria-label="Menu"
          aria-expanded={isOpen}
          aria-controls="navigation"
          onClick={() => onToggle(!isOpen)}
        >
          <Icon name={isOpen ? 'close' : 'menu'} />
        </button>
        <Brand />
      </header>
      <aside id="navigation" aria-label="Where to go" class={`side ${isOpen ? 'open' : ''}`}>
        <Brand />
        <TenantSwitcher tenants={tenants} tenant={tenant} page={page} />
        <nav aria-label="Pages">
          {groups().map((group) => (
            <Group key={group} group={group} tenant={tenant} page={page} />
          ))}
        </nav>
        <footer>
          <ThemeSwitch />
          <div class="who">
            <span title={user.email}>
              <strong>{user.fullName}</strong>
              <small>{user.email}</small>
            </span>
            <IconButton
              icon="signOut"
              label="Sign out"
              onClick={() => void signOut().catch(() => note('The service did not hear that you want to sign out. Try again.'))}
            />
          </div>
        </footer>
      </aside>
    </>
  );
}

function Brand(): JSX.Element {
  return (
    <a class="brand" href="#/">
      <img src="/console/icon.svg" alt="" width="22" height="22" />
      Steamer
    </a>
  );
}

function groups(): string[] {
  return [...new Set(Object.values(PAGES).map(({ group }) => group))];
}

function Group({ group, tenant, page }: { group: string; tenant: Tenant | null; page: string }): JSX.Element {
  const entries = Object.entries(PAGES).filter(([, entry]) => entry.group === group && (!entry.isOfTenant || tenant !== null));
  return (
    <div class="nav-group">
      {group !== '' && <h2>{group}</h2>}
      <ul>
        {entries.map(([name, { title, icon, isOfTenant }]) => (
          <li key={name}>
            <a
              href={linkTo(isOfTenant && tenant !== null ? tenant.id : null, name)}
              {...(name === page ? { 'aria-current': 'page' as const } : {})}
            >
              <Icon name={icon} />
              {title}
            </a>
          </li>
        ))}
      </ul>
    </div>
  );
}

function TenantSwitcher({ tenants, tenant, page }: Pick<NavigationProps, 'tenants' | 'tenant' | 'page'>): JSX.Element | null {
  if (tenant === null) return null;
  const stay = Object.entries(PAGES).some(([name, { isOfTenant }]) => name === page && isOfTenant) ? page : 'overview';
  return (
    <label class="tenant">
      <span class="visually-hidden">Tenant</span>
      <span class="initial" aria-hidden="true">
        {tenant.name.slice(0, 1).toUpperCase()}
      </span>
      <select onChange={(event) => go(linkTo(event.currentTarget.value, stay))}>
        {tenants.map(({ id, name }) => (
          <option key={id} value={id} selected={id === tenant.id}>
            {name === id ? id : `${name} (${id})`}
          </option>
        ))}
      </select>
    </label>
  );
}

function ThemeSwitch(): JSX.Element {
  const names = { system: 'As the system', light: 'Light', dark: 'Dark' };
  const icons = { system: 'system', light: 'sun', dark: 'moon' } as const;
  return (
    <div class="themes" role="group" aria-label="Appearance">
      {THEMES.map((one) => (
        <button
          key={one}
          type="button"
          aria-pressed={theme.value === one}
          aria-label={names[one]}
          title={names[one]}
          onClick={() => choose(one)}
        >
          <Icon name={icons[one]} />
        </button>
      ))}
    </div>
  );
}
