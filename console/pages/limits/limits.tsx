import type { JSX } from 'preact';
import { CurlLine } from '../../parts/code.tsx';
import { DataTable } from '../../parts/data-table.tsx';
import { count, duration, Meter, Tile, Tiles } from '../../parts/figures.tsx';
import { Loaded } from '../../parts/notices.tsx';
import { OperatorGate } from '../../parts/operator-gate.tsx';
import { Page } from '../../parts/page.tsx';
import { pathOf, type ServiceRequest } from '../../service/request.ts';
import { useResource } from '../../service/resource.ts';
import type { PageProps } from '../../shell/pages.tsx';
import type { Metrics } from '../overview/traffic.ts';
import { type Consumption, HOLDERS } from './consumption.ts';
import { OperatorLimits } from './operator-limits.tsx';

const REFRESH_MS = 3_000;
const METRICS_REFRESH_MS = 15_000;

/** What of their limits a tenant and its user have used, and how often somebody was refused. */
export function Limits({ tenant }: PageProps): JSX.Element {
  const request: ServiceRequest = { method: 'GET', path: pathOf(tenant, 'limits') };
  const limits = useResource<{ limits: Consumption[] }>(request, REFRESH_MS);
  const metrics = useResource<Metrics>({ method: 'GET', path: pathOf(tenant, 'metrics') }, METRICS_REFRESH_MS);
  return (
    <Page title="Limits" lead="Requests are counted by address, tenant and principal; every answer says what is left.">
      <Loaded resource={metrics}>{(value) => <Refusals metrics={value} />}</Loaded>
      <Loaded resource={limits}>{({ limits: rows }) => <ConsumptionTable rows={rows} />}</Loaded>
      <CurlLine request={request} />
      <OperatorGate title="Operators">
        <OperatorLimits tenant={tenant} />
      </OperatorGate>
    </Page>
  );
}

function Refusals({ metrics: { total, days } }: { metrics: Metrics }): JSX.Element {
  const today = days.at(-1);
  return (
    <Tiles>
      <Tile name="Refused" value={count(total.refusals)} note="in 15 minutes" />
      <Tile name="Requests" value={count(total.requests)} note="in 15 minutes" />
      <Tile name="Refused today" value={count(today?.refusals ?? 0)} note={`of ${count(today?.requests ?? 0)}`} />
      <Tile
        name="Refused in 90 days"
        value={count(days.reduce((sum, { refusals }) => sum + refusals, 0))}
        note={`of ${count(days.reduce((sum, { requests }) => sum + requests, 0))}`}
      />
    </Tiles>
  );
}

export function ConsumptionTable({ rows }: { rows: readonly Consumption[] }): JSX.Element {
  return (
    <DataTable
      label="Limits"
      rows={rows}
      keyOf={({ policy, limit, of }) => `${policy}.${limit} ${of}`}
      columns={[
        { title: 'Policy', cell: ({ policy, limit }) => <code>{`${policy}.${limit}`}</code> },
        { title: 'Of', cell: ({ of }) => HOLDERS[of] },
        { title: 'Used', cell: ({ policy, used, capacity }) => <Meter isQuota label={`Used of ${policy}`} used={used} of={capacity} /> },
        { title: 'Left', isNumber: true, cell: ({ left, capacity }) => `${count(left)} of ${count(capacity)}` },
        {
          title: 'More in',
          isNumber: true,
          cell: ({ moreInMs }) => (moreInMs === 0 ? <span class="muted">all there</span> : duration(moreInMs)),
        },
        { title: 'Algorithm', cell: ({ algorithm }) => algorithm },
        {
          title: 'Exception',
          cell: ({ override }) => (override === undefined ? <span class="muted">none</span> : <span class="badge accent">{override}</span>),
        },
      ]}
    />
  );
}
