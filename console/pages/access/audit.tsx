import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { AuditAction, AuditDetail } from '../../../src/wire/audit.ts';
import { CurlLine } from '../../parts/code.tsx';
import { Clipped, DataTable } from '../../parts/data-table.tsx';
import { Choice, TextField } from '../../parts/field.tsx';
import { Empty, Loaded } from '../../parts/notices.tsx';
import { Page } from '../../parts/page.tsx';
import { Time } from '../../parts/time.tsx';
import { Paging, useList } from '../../parts/paging.tsx';
import { pathOf } from '../../service/request.ts';
import { useResource } from '../../service/resource.ts';
import type { PageProps } from '../../shell/pages.tsx';
import { NotForYou } from '../../parts/not-for-you.tsx';

interface AuditEntry {
  id: string;
  at: string;
  action: AuditAction;
  actor: { kind: string; id: string };
  via: string;
  target: string;
  detail: AuditDetail;
  address: string | null;
  device: string;
}

/** Of a member, to whom ids say nothing. */
interface MemberName {
  user: string;
  fullName: string;
}

/** First words of actions. */
const ABOUT = [
  ['', 'everything'],
  ['member', 'members'],
  ['invitation', 'invitations'],
  ['key', 'keys'],
  ['config', 'the configuration'],
  ['limits', 'limits'],
  ['store', 'the store'],
  ['tenant', 'the tenant'],
] as const;
const PAGE_EVENTS = '50';

/** Who did what, when, and from where. */
export function Audit({ tenant, role }: PageProps): JSX.Element {
  const [about, setAbout] = useState<(typeof ABOUT)[number][0]>('');
  const [target, setTarget] = useState('');
  const query = { limit: PAGE_EVENTS, action: about, target };
  const { request, page: events, pages, next } = useList<{ events: AuditEntry[]; cursor: string | null }>(pathOf(tenant, 'audit'), query);
  const members = useResource<{ members: MemberName[] }>({ method: 'GET', path: pathOf(tenant, 'members') });
  const names = new Map(members.answer?.value.members.map(({ user, fullName }) => [user, fullName]));
  return (
    <Page title="Audit log" lead="What was done to members, invitations, keys, limits and the store, and who signed in. Kept for 400 days.">
      <NotForYou role={role} refusal={events.refusal}>
        <div class="query-row">
          <Choice label="About" value={about} options={ABOUT} onChange={setAbout} />
          <TextField label="Done to the id" type="search" value={target} onInput={(text) => setTarget(text.trim())} />
        </div>
        <Loaded resource={events}>
          {({ events: rows }) =>
            rows.length === 0 ? <Empty icon="audit" title="Nothing of this happened" /> : <EventTable events={rows} names={names} />
          }
        </Loaded>
        <Paging pages={pages} next={next} words={['Newer', 'Older']} />
        <CurlLine request={request} />
      </NotForYou>
    </Page>
  );
}

function EventTable({ events, names }: { events: readonly AuditEntry[]; names: ReadonlyMap<string, string> }): JSX.Element {
  return (
    <DataTable
      label="Events"
      rows={events}
      keyOf={({ id }) => id}
      columns={[
        { title: 'What', cell: ({ action }) => action },
        { title: 'When', cell: ({ at }) => <Time at={at} /> },
        {
          title: 'Who',
          cell: ({ actor: { kind, id }, via }) => <span title={`${kind} ${id} by ${via}`}>{names.get(id) ?? `${kind} ${short(id)}`}</span>,
        },
        { title: 'To', cell: ({ target, actor }) => toWhom(target, actor.id, names) },
        { title: 'More', cell: ({ detail }) => (Object.keys(detail).length === 0 ? '' : <Clipped text={JSON.stringify(detail)} />) },
        { title: 'From', cell: ({ address, device }) => <Clipped text={[device, address].filter(Boolean).join(', ')} /> },
      ]}
    />
  );
}

const SHORT_ID = 10;

/** Enough of an id to tell it from others. */
function short(id: string): string {
  return id.length > SHORT_ID ? `${id.slice(0, SHORT_ID)}…` : id;
}

function toWhom(target: string, actor: string, names: ReadonlyMap<string, string>): JSX.Element {
  if (target === '') return <span class="muted">the tenant</span>;
  if (target === actor) return <span class="muted">themselves</span>;
  const name = names.get(target);
  return name === undefined ? <code title={target}>{short(target)}</code> : <span title={target}>{name}</span>;
}
