import type { JSX } from 'preact';
import { CurlLine } from '../../parts/code.tsx';
import { DataTable } from '../../parts/data-table.tsx';
import { bytes, count, dollars, duration, Facts, Meter, percent, Tile, Tiles } from '../../parts/figures.tsx';
import { Loaded } from '../../parts/notices.tsx';
import { OperatorGate } from '../../parts/operator-gate.tsx';
import { Card, Page } from '../../parts/page.tsx';
import { Time } from '../../parts/time.tsx';
import { pathOf, type ServiceRequest } from '../../service/request.ts';
import { useResource } from '../../service/resource.ts';
import type { PageProps } from '../../shell/pages.tsx';
import type { HotKey, StoreStats } from './store-stats.ts';
import { StoreControls } from './store-controls.tsx';

const REFRESH_MS = 2_000;

/** What stands between a tenant and DynamoDB. */
export function Store({ tenant }: PageProps): JSX.Element {
  const request: ServiceRequest = { method: 'GET', path: pathOf(tenant, 'store', 'stats') };
  const stats = useResource<StoreStats>(request, REFRESH_MS);
  return (
    <Page title="Store" lead="The object between this tenant and DynamoDB: it answers from memory, joins requests, and writes through.">
      <Loaded resource={stats}>
        {(value) => (
          <>
            <Numbers stats={value} />
            <HotKeys keys={value.hotKeys} />
          </>
        )}
      </Loaded>
      <OperatorGate title="Operators">
        <StoreControls tenant={tenant} stats={stats.answer?.value ?? null} onChanged={stats.reload} />
      </OperatorGate>
      <CurlLine request={request} />
    </Page>
  );
}

function Numbers({ stats }: { stats: StoreStats }): JSX.Element {
  const { hits, misses, price } = stats;
  return (
    <>
      <Tiles>
        <Tile
          name="Hit ratio"
          value={percent(stats.hitRatio)}
          note={<Meter label="Keys answered from memory" used={hits} of={hits + misses} />}
        />
        <Tile name="Keys from memory" value={count(hits)} note={`${count(misses)} had to be read`} />
        <Tile name="Read units saved" value={count(stats.savedReadUnits)} note={`${count(stats.readUnits)} used`} />
        <Tile
          name="Money saved"
          value={dollars(stats.savedDollars)}
          note={
            <a href={price.source.split(' ', 1).join()} rel="noreferrer">
              at ${price.dollarsPerMillionReadUnits} a million, {price.region}
            </a>
          }
        />
        <Tile
          name="Keys per read"
          value={stats.keysPerCall === null ? '–' : count(stats.keysPerCall)}
          note={`${count(stats.readCalls)} reads`}
        />
        <Tile name="Writes" value={count(stats.writeCalls)} note={`${count(stats.writeUnits)} write units`} />
      </Tiles>
      <div class="beside">
        <Card title="At this moment">
          <Facts
            facts={[
              ['Requests in flight', count(stats.requestsInFlight)],
              ['Waiting', count(stats.requestsWaiting)],
              ['Writes under way', count(stats.runningWrites)],
              ['Keys at work', count(stats.busyKeys)],
              ['Keys held in doubt', count(stats.heldKeys)],
              ['Open circuits', stats.openCircuits === 0 ? 'none' : <span class="badge danger">{stats.openCircuits}</span>],
              ['Takes writes', stats.readOnly ? <span class="badge warn">read-only</span> : <span class="badge ok">yes</span>],
              ['Lag of the table’s stream', stats.streamLagMs === null ? 'nothing came' : duration(stats.streamLagMs)],
            ]}
          />
        </Card>
        <Card title="In memory">
          <Facts
            facts={[
              ['Items', count(stats.cachedItems)],
              ['Answers to queries', count(stats.cachedQueries)],
              ['Size', bytes(stats.cachedBytes)],
              ['Made room', count(stats.evictions)],
              ['Queries answered', `${count(stats.queryHits)} of ${count(stats.queryHits + stats.queryMisses)}`],
              ['Stale answers', count(stats.staleAnswers)],
              ['Objects (shards)', count(stats.shards)],
              ['Counts since', <Time key="since" at={stats.since} />],
            ]}
          />
        </Card>
      </div>
    </>
  );
}

function HotKeys({ keys }: { keys: readonly HotKey[] }): JSX.Element {
  const most = keys[0]?.hits ?? 0;
  return (
    <Card title="Hot keys">
      {keys.length === 0 ? (
        <p class="muted">None yet: one hit in sixteen is looked at.</p>
      ) : (
        <DataTable
          label="Hot keys"
          rows={keys}
          keyOf={({ model, key }) => `${model} ${key}`}
          columns={[
            { title: 'Key', cell: ({ key }) => <code>{key}</code> },
            { title: 'Model', cell: ({ model }) => model ?? <span class="muted">none</span> },
            { title: 'Share', cell: ({ key, hits }) => <Meter label={`Reads of ${key}`} used={hits} of={most} /> },
            { title: 'Read from memory', isNumber: true, cell: ({ hits }) => `about ${count(hits)}` },
          ]}
        />
      )}
    </Card>
  );
}
