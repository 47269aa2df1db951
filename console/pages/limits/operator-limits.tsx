/** Limits as operators change them while the service runs: policies in force, exceptions, bans. */
import type { JSX } from 'preact';
import type { CallerPattern, LimitsDocument, OverrideDefinition } from '../../../src/wire/limit-document.ts';
import { Button } from '../../parts/button.tsx';
import { Json } from '../../parts/code.tsx';
import { DataTable } from '../../parts/data-table.tsx';
import { Failure, Loaded } from '../../parts/notices.tsx';
import { Time } from '../../parts/time.tsx';
import { useAction } from '../../service/action.ts';
import type { ServiceRequest } from '../../service/request.ts';
import { useResource } from '../../service/resource.ts';
import { send } from '../../service/send.ts';
import { note } from '../../shell/notes.tsx';
import { NewBan } from './new-ban.tsx';
import { NewOverride } from './new-override.tsx';

export interface LimitChanges {
  version: number;
  /** made at run time, on top of what was deployed */
  changes: LimitsDocument;
  inForce: Required<LimitsDocument>;
}

const LIMITS: ServiceRequest = { method: 'GET', path: '/v1/operator/limits', asOperator: true };

export function OperatorLimits({ tenant }: { tenant: string }): JSX.Element {
  const limits = useResource<LimitChanges>(LIMITS);
  const replace = useAction(async (version: number, changes: LimitsDocument) => {
    // Whoever was faster is not overwritten.
    await send({ ...LIMITS, method: 'PUT', body: changes, headers: { 'if-match': `"${version}"` } });
    note('The limits are changed, everywhere within ten seconds.');
    limits.reload();
  });
  const reset = useAction(async () => {
    await send({ ...LIMITS, method: 'POST', path: '/v1/operator/limits/reset', body: { tenant } });
    note('What the tenant has used is forgotten.');
  });
  return (
    <Loaded resource={limits}>
      {({ version, changes, inForce }) => {
        const change = (next: Partial<LimitsDocument>): Promise<boolean> => replace.run(version, { ...changes, ...next });
        const { ban = [], overrides = [] } = changes;
        return (
          <div class="stack">
            <Failure refusal={replace.refusal ?? reset.refusal} />
            <section class="stack">
              <h3>Bans</h3>
              <Bans bans={inForce.ban} mine={ban} onLift={(lifted) => void change({ ban: ban.filter((one) => !isSame(one, lifted)) })} />
              <NewBan tenant={tenant} isRunning={replace.isRunning} onBan={(pattern) => change({ ban: [...ban, pattern] })} />
            </section>
            <section class="stack">
              <h3>Exceptions</h3>
              <Overrides
                overrides={inForce.overrides}
                mine={overrides}
                onRemove={(removed) => void change({ overrides: overrides.filter((one) => !isSame(one, removed)) })}
              />
              <NewOverride
                tenant={tenant}
                policies={inForce.policies}
                isRunning={replace.isRunning}
                onAdd={(added) =>
                  change({ overrides: [...overrides.filter(({ name, policy }) => name !== added.name || policy !== added.policy), added] })
                }
              />
            </section>
            <section class="stack">
              <div class="split">
                <h3>Policies in force</h3>
                <Button onClick={() => void reset.run()} isBusy={reset.isRunning}>
                  Forget what {tenant} has used
                </Button>
              </div>
              <Json value={inForce.policies} label="Policies in force" />
            </section>
          </div>
        );
      }}
    </Loaded>
  );
}

function isSame(one: object, other: object): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function Bans({
  bans,
  mine,
  onLift,
}: {
  bans: readonly CallerPattern[];
  mine: readonly CallerPattern[];
  onLift: (ban: CallerPattern) => void;
}): JSX.Element {
  if (bans.length === 0) return <p class="muted">Nobody is banned.</p>;
  return (
    <DataTable
      label="Bans"
      rows={bans}
      keyOf={(ban) => JSON.stringify(ban)}
      columns={[
        { title: 'Who', cell: ({ address, tenant, key }) => <code>{[address, tenant, key].filter(Boolean).join(' / ')}</code> },
        { title: 'Until', cell: ({ until }) => (until === undefined ? 'lifted' : <Time at={until} />) },
        {
          title: '',
          cell: (ban) =>
            mine.some((one) => isSame(one, ban)) ? (
              <Button kind="quiet" onClick={() => onLift(ban)}>
                Lift
              </Button>
            ) : (
              <span class="fine">deployed</span>
            ),
        },
      ]}
    />
  );
}

function Overrides({
  overrides,
  mine,
  onRemove,
}: {
  overrides: readonly OverrideDefinition[];
  mine: readonly OverrideDefinition[];
  onRemove: (override: OverrideDefinition) => void;
}): JSX.Element {
  if (overrides.length === 0) return <p class="muted">The policies hold for everybody.</p>;
  return (
    <DataTable
      label="Exceptions"
      rows={overrides}
      keyOf={(one) => `${one.policy} ${one.name}`}
      columns={[
        { title: 'Name', cell: ({ name }) => name },
        { title: 'Policy', cell: ({ policy }) => <code>{policy}</code> },
        {
          title: 'For',
          cell: ({ tenant, plan, key, route }) => (
            <code>{[tenant && `tenant ${tenant}`, plan && `plan ${plan}`, key && `key ${key}`, route].filter(Boolean).join(', ')}</code>
          ),
        },
        { title: 'Limits', cell: ({ limits }) => <code>{JSON.stringify(limits)}</code> },
        {
          title: '',
          cell: (one) =>
            mine.some((other) => isSame(other, one)) ? (
              <Button kind="quiet" onClick={() => onRemove(one)}>
                Remove
              </Button>
            ) : (
              <span class="fine">deployed</span>
            ),
        },
      ]}
    />
  );
}
