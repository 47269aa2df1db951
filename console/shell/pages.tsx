/** Every page, by its name in addresses. */
import type { ComponentType } from 'preact';
import type { IconName } from '../parts/icon.tsx';
import { Audit } from '../pages/access/audit.tsx';
import { Keys } from '../pages/access/keys.tsx';
import { Members } from '../pages/access/members.tsx';
import { Account } from '../pages/account/account.tsx';
import { Files } from '../pages/files/files.tsx';
import { Models } from '../pages/models/models.tsx';
import { Outbox } from '../pages/outbox.tsx';
import { Overview } from '../pages/overview/overview.tsx';
import { Limits } from '../pages/limits/limits.tsx';
import { Reference } from '../pages/reference/reference.tsx';
import { Store } from '../pages/store/store.tsx';
import { Streams } from '../pages/streams/streams.tsx';
import { Tenants } from '../pages/tenants.tsx';
import { Workflows } from '../pages/workflows/workflows.tsx';

export interface PageProps {
  /** '' on pages of no tenant */
  tenant: string;
  /** of whoever has signed in, in the tenant */
  role: string;
  /** what of the page the address names */
  rest: readonly string[];
}

interface PageEntry {
  title: string;
  icon: IconName;
  /** '': by itself, on top */
  group: '' | 'Data' | 'Access' | 'You';
  isOfTenant: boolean;
  Content: ComponentType<PageProps>;
}

export const PAGES = {
  overview: { title: 'Overview', icon: 'activity', group: '', isOfTenant: true, Content: Overview },
  models: { title: 'Models', icon: 'models', group: 'Data', isOfTenant: true, Content: Models },
  store: { title: 'Store', icon: 'store', group: 'Data', isOfTenant: true, Content: Store },
  streams: { title: 'Streams', icon: 'streams', group: 'Data', isOfTenant: true, Content: Streams },
  workflows: { title: 'Workflows', icon: 'workflows', group: 'Data', isOfTenant: true, Content: Workflows },
  files: { title: 'Files', icon: 'files', group: 'Data', isOfTenant: true, Content: Files },
  reference: { title: 'API reference', icon: 'book', group: 'Data', isOfTenant: true, Content: Reference },
  members: { title: 'Members', icon: 'members', group: 'Access', isOfTenant: true, Content: Members },
  keys: { title: 'API keys', icon: 'key', group: 'Access', isOfTenant: true, Content: Keys },
  limits: { title: 'Limits', icon: 'gauge', group: 'Access', isOfTenant: true, Content: Limits },
  audit: { title: 'Audit log', icon: 'audit', group: 'Access', isOfTenant: true, Content: Audit },
  account: { title: 'Account', icon: 'sessions', group: 'You', isOfTenant: false, Content: Account },
  tenants: { title: 'Tenants', icon: 'archive', group: 'You', isOfTenant: false, Content: Tenants },
  outbox: { title: 'Outbox', icon: 'mail', group: 'You', isOfTenant: false, Content: Outbox },
} as const satisfies Record<string, PageEntry>;

export type PageName = keyof typeof PAGES;

export function isPageName(name: string): name is PageName {
  return Object.hasOwn(PAGES, name);
}
