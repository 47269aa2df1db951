import type { JSX } from 'preact';
import { useClock } from '../../parts/clock.ts';
import { CurlLine, Json } from '../../parts/code.tsx';
import { duration, Facts } from '../../parts/figures.tsx';
import { Failure, Loaded, Waiting } from '../../parts/notices.tsx';
import { Card, Page } from '../../parts/page.tsx';
import { Time } from '../../parts/time.tsx';
import { pathOf, type ServiceRequest } from '../../service/request.ts';
import { useReloadAfter, useResource } from '../../service/resource.ts';
import { linkTo } from '../../shell/route.ts';
import { DeadMessages } from './dead-messages.tsx';
import { Events } from './events.tsx';
import { Hooks } from './hooks.tsx';
import { useRunEvents } from './run-events.ts';
import { RunActions } from './run-actions.tsx';
import { hasEnded, MANY_STEPS, type Run, shortName, spansOf, STATUS_BADGES, type Step } from './run.ts';
import { Steps } from './steps.tsx';
import { Timeline } from './timeline.tsx';

/** One run: as a picture, its steps and events, what went in and came out, and what can be done about it. */
export function RunPage({ tenant, runId }: { tenant: string; runId: string }): JSX.Element {
  const path = pathOf(tenant, 'workflows', 'runs', runId);
  const request: ServiceRequest = { method: 'GET', path, query: { payloads: 'true' } };
  const run = useResource<Run>(request);
  const steps = useResource<{ items: Step[] }>({ method: 'GET', path: `${path}/steps`, query: { limit: String(MANY_STEPS) } });
  const current = run.answer?.value ?? null;
  const isRefused = current === null && run.refusal !== null;
  const isOver = isRefused || (current !== null && hasEnded(current));
  const { events, refusal } = useRunEvents(tenant, runId, isOver);
  const happened = events?.length ?? 0;
  useReloadAfter(run, happened);
  useReloadAfter(steps, happened);
  const nowMs = useClock(!isOver);
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
              <Loaded resource={steps}>{({ items }) => <Timeline run={value} spans={spansOf(items, events ?? [])} nowMs={nowMs} />}</Loaded>
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
            {!hasEnded(value) && <Hooks tenant={tenant} runId={runId} happened={happened} />}
          </>
        )}
      </Loaded>
      {!isRefused && (
        <>
          <Card title="Steps">
            <Loaded resource={steps}>{({ items }) => <Steps path={`${path}/steps`} steps={items} />}</Loaded>
          </Card>
          <Card title="Events">
            <Failure refusal={refusal} />
            {events === null ? refusal === null && <Waiting /> : <Events path={`${path}/events`} events={events} />}
          </Card>
        </>
      )}
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
