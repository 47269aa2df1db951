import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { CurlLine, Json } from '../../parts/code.tsx';
import { duration, Facts } from '../../parts/figures.tsx';
import { Loaded } from '../../parts/notices.tsx';
import { Card, Page } from '../../parts/page.tsx';
import { Time } from '../../parts/time.tsx';
import { pathOf, type ServiceRequest } from '../../service/request.ts';
import { useResource } from '../../service/resource.ts';
import { linkTo } from '../../shell/route.ts';
import { DeadMessages } from './dead-messages.tsx';
import { Events } from './events.tsx';
import { Hooks } from './hooks.tsx';
import { RunActions } from './run-actions.tsx';
import { hasEnded, type Run, type RunEvent, shortName, spansOf, STATUS_BADGES, type Step } from './run.ts';
import { Steps } from './steps.tsx';
import { Timeline } from './timeline.tsx';

/** A run that goes on is looked at so often. */
const REFRESH_MS = 2_000;
const MANY = '1000';

/** One run: as a picture, its steps and events, what went in and came out, and what can be done about it. */
export function RunPage({ tenant, runId }: { tenant: string; runId: string }): JSX.Element {
  const [isOver, setOver] = useState(false);
  const everyMs = isOver ? undefined : REFRESH_MS;
  const request: ServiceRequest = { method: 'GET', path: pathOf(tenant, 'workflows', 'runs', runId), query: { payloads: 'true' } };
  const of = (what: string): ServiceRequest => ({
    method: 'GET',
    path: pathOf(tenant, 'workflows', 'runs', runId, what),
    query: { limit: MANY, payloads: 'true' },
  });
  const run = useResource<Run>(request, everyMs);
  const steps = useResource<{ items: Step[] }>(of('steps'), everyMs);
  const events = useResource<{ items: RunEvent[] }>(of('events'), everyMs);
  const current = run.answer?.value ?? null;
  useEffect(() => {
    if (current === null || hasEnded(current) === isOver) return;
    setOver(hasEnded(current));
    // What came with its end.
    steps.reload();
    events.reload();
  }, [current?.status]);
  return (
    <Page
      title={current === null ? 'Run' : shortName(current.workflowName)}
      lead={<code>{runId}</code>}
      trail={<a href={linkTo(tenant, 'workflows')}>Workflows</a>}
      actions={current !== null && <RunActions tenant={tenant} run={current} onChanged={run.reload} />}
    >
      <Loaded resource={run}>
        {(value) => (
          <>
            <Summary run={value} />
            <Card title="Timeline">
              <Loaded resource={steps}>
                {({ items }) => <Timeline run={value} spans={spansOf(items, events.answer?.value.items ?? [])} nowMs={Date.now()} />}
              </Loaded>
            </Card>
            <div class="beside">
              <Card title="Input">
                {value.input === undefined ? <p class="muted">Nothing to show.</p> : <Json value={value.input} label="input" />}
              </Card>
              <Card title={value.error === undefined ? 'Output' : 'Error'}>
                {value.error === undefined && value.output === undefined ? (
                  <p class="muted">{hasEnded(value) ? 'Nothing to show.' : 'It has not ended yet.'}</p>
                ) : (
                  <Json value={value.error ?? value.output} label={value.error === undefined ? 'output' : 'error'} />
                )}
              </Card>
            </div>
            {!hasEnded(value) && <Hooks tenant={tenant} runId={runId} onResumed={run.reload} />}
          </>
        )}
      </Loaded>
      <Card title="Steps">
        <Loaded resource={steps}>{({ items }) => <Steps steps={items} />}</Loaded>
      </Card>
      <Card title="Events">
        <Loaded resource={events}>{({ items }) => <Events events={items} />}</Loaded>
      </Card>
      <DeadMessages tenant={tenant} runId={runId} />
      <CurlLine request={request} />
    </Page>
  );
}

function Summary({ run }: { run: Run }): JSX.Element {
  const { status, createdAt, startedAt, completedAt } = run;
  return (
    <Card>
      <Facts
        facts={[
          [
            'Status',
            <span key="status" class={`badge ${STATUS_BADGES[status]}`}>
              {status}
            </span>,
          ],
          ['Made', <Time key="made" at={createdAt} />],
          ['Began', startedAt === undefined ? 'not yet' : <Time key="began" at={startedAt} />],
          ['Ended', completedAt === undefined ? 'not yet' : <Time key="ended" at={completedAt} />],
          ['Took', startedAt !== undefined && completedAt !== undefined ? duration(Date.parse(completedAt) - Date.parse(startedAt)) : '–'],
        ]}
      />
    </Card>
  );
}
