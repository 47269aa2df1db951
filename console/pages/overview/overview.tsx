import type { JSX } from 'preact';
import { useClock } from '../../parts/clock.ts';
import { CurlLine } from '../../parts/code.tsx';
import { DataTable } from '../../parts/data-table.tsx';
import { count, duration, percent, Tile, Tiles } from '../../parts/figures.tsx';
import { Graph } from '../../parts/graph.tsx';
import { Live } from '../../parts/live.tsx';
import { Failure, Loaded } from '../../parts/notices.tsx';
import { Card, Page } from '../../parts/page.tsx';
import { pathOf, type ServiceRequest } from '../../service/request.ts';
import { useResource } from '../../service/resource.ts';
import { useFollowed } from '../../service/streams.ts';
import type { PageProps } from '../../shell/pages.tsx';
import { lastSeconds, type LiveTraffic, type Metrics, type Traffic, WINDOW_SEC } from './traffic.ts';

/** What was counted in isolates comes with their next calls; until then it is asked for again now and then. */
const REFRESH_MS = 30_000;

/** What is going on in a tenant. */
export function Overview({ tenant }: PageProps): JSX.Element {
  const request: ServiceRequest = { method: 'GET', path: pathOf(tenant, 'metrics') };
  const metrics = useResource<Metrics>(request, REFRESH_MS);
  const live = useFollowed<LiveTraffic>({ tenant, name: 'metrics/live', offset: 'now', keep: WINDOW_SEC });
  return (
    <Page title="Overview" lead="The traffic of this tenant, second by second." actions={<Live status={live.status} />}>
      <Failure refusal={live.refusal} />
      <Loaded resource={metrics}>{(value) => <Board metrics={value} live={live.events.map((event) => event.value)} />}</Loaded>
      <CurlLine request={request} />
    </Page>
  );
}

function Board({ metrics, live }: { metrics: Metrics; live: readonly LiveTraffic[] }): JSX.Element {
  const nowMs = useClock();
  const { times, traffic, live: told } = lastSeconds(metrics.seconds, live, nowMs);
  const { total, days } = metrics;
  const { sockets, streams } = live.at(-1) ?? metrics;
  const counts = (of: (one: Traffic) => number): number[] => traffic.map((one) => (one === null ? 0 : of(one)));
  const levels = (of: (one: Traffic) => number | null): (number | null)[] => traffic.map((one) => (one === null ? null : of(one)));
  return (
    <>
      <Tiles>
        <Tile name="Requests" value={count(total.requests)} note="in 15 minutes" />
        <Tile
          name="From memory"
          value={percent(total.cache.hitRatio)}
          note={`${count(total.cache.hits)} of ${count(total.cache.hits + total.cache.misses)} reads`}
        />
        <Tile name="Latency (p95)" value={duration(total.latencyMs?.p95)} note={`median ${duration(total.latencyMs?.p50)}`} />
        <Tile name="DynamoDB calls" value={count(total.dynamodb.calls)} note={`instead of ${count(total.dynamodb.wouldHaveBeen)}`} />
        <Tile name="Refused" value={count(total.refusals)} note={`${count(total.failures)} failed`} />
        <Tile name="Open sockets" value={count(sockets)} note={streams === 1 ? 'one stream' : `${count(streams)} streams`} />
      </Tiles>
      <div class="graphs">
        <Graph
          title="Requests per second"
          times={times}
          format={count}
          series={[
            { name: 'requests', colour: 1, values: counts(({ requests }) => requests) },
            { name: 'refused', colour: 2, values: counts(({ refusals }) => refusals) },
            { name: 'failed', colour: 4, values: counts(({ failures }) => failures) },
          ]}
        />
        <Graph
          title="Latency"
          times={times}
          format={duration}
          series={[
            { name: 'median', colour: 1, values: levels(({ latencyMs }) => latencyMs?.p50 ?? null) },
            { name: 'p95', colour: 3, values: levels(({ latencyMs }) => latencyMs?.p95 ?? null) },
            { name: 'p99', colour: 2, values: levels(({ latencyMs }) => latencyMs?.p99 ?? null) },
          ]}
        />
        <Graph
          title="Reads"
          times={times}
          format={count}
          series={[
            { name: 'from memory', colour: 1, values: counts(({ cache }) => cache.hits) },
            { name: 'not in memory', colour: 2, values: counts(({ cache }) => cache.misses) },
          ]}
        />
        <Graph
          title="DynamoDB calls"
          times={times}
          format={count}
          series={[
            { name: 'made', colour: 1, values: counts(({ dynamodb }) => dynamodb.calls) },
            { name: 'would have been', colour: 2, values: counts(({ dynamodb }) => dynamodb.wouldHaveBeen) },
          ]}
        />
        <Graph
          title="DynamoDB units"
          times={times}
          format={count}
          series={[
            { name: 'read', colour: 1, values: counts(({ dynamodb }) => dynamodb.readUnits) },
            { name: 'written', colour: 2, values: counts(({ dynamodb }) => dynamodb.writeUnits) },
          ]}
        />
        <Graph
          title="Open"
          times={times}
          format={count}
          series={[
            { name: 'sockets', colour: 1, values: told.map((one) => one?.sockets ?? null) },
            { name: 'streams', colour: 3, values: told.map((one) => one?.streams ?? null) },
          ]}
        />
      </div>
      <Card title="By day">
        <Days days={days} />
      </Card>
    </>
  );
}

function Days({ days }: Pick<Metrics, 'days'>): JSX.Element {
  return (
    <DataTable
      label="Traffic by day"
      rows={days.toReversed()}
      keyOf={({ day }) => day}
      columns={[
        { title: 'Day', cell: ({ day }) => day },
        { title: 'Requests', isNumber: true, cell: ({ requests }) => count(requests) },
        { title: 'From memory', isNumber: true, cell: ({ cache }) => percent(cache.hitRatio) },
        { title: 'p95', isNumber: true, cell: ({ latencyMs }) => duration(latencyMs?.p95) },
        { title: 'DynamoDB calls', isNumber: true, cell: ({ dynamodb }) => count(dynamodb.calls) },
        { title: 'Instead of', isNumber: true, cell: ({ dynamodb }) => count(dynamodb.wouldHaveBeen) },
        { title: 'Read units', isNumber: true, cell: ({ dynamodb }) => count(dynamodb.readUnits) },
        { title: 'Write units', isNumber: true, cell: ({ dynamodb }) => count(dynamodb.writeUnits) },
        { title: 'Refused', isNumber: true, cell: ({ refusals }) => count(refusals) },
      ]}
    />
  );
}
