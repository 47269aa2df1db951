import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Button } from '../../parts/button.tsx';
import { TextField } from '../../parts/field.tsx';
import { Failure } from '../../parts/notices.tsx';
import { useAction } from '../../service/action.ts';
import { pathOf, type ServiceRequest } from '../../service/request.ts';
import { send } from '../../service/send.ts';
import { note } from '../../shell/notes.tsx';
import type { StoreStats } from './store-stats.ts';

interface StoreControlsProps {
  tenant: string;
  stats: StoreStats | null;
  onChanged: () => void;
}

/** What an operator does to a store: forgets what is cached, takes no writes, divides the keys. */
export function StoreControls({ tenant, stats, onChanged }: StoreControlsProps): JSX.Element {
  const [shards, setShards] = useState('');
  const isReadOnly = stats?.readOnly === true;
  const act = useAction(
    async (request: Pick<ServiceRequest, 'method' | 'body'>, what: string, done: (answer: Record<string, number>) => string) => {
      const path = pathOf('operator', 'tenants', tenant, 'store', what);
      const { value } = await send<Record<string, number>>({ ...request, path, asOperator: true });
      note(done(value));
      onChanged();
    },
  );
  return (
    <div class="stack">
      <div class="query-actions">
        <Button
          isBusy={act.isRunning}
          onClick={() =>
            void act.run({ method: 'POST', body: {} }, 'flush', ({ dropped = 0 }) => `${dropped} rows were forgotten, and are read anew.`)
          }
        >
          Forget what is cached
        </Button>
        <Button
          isBusy={act.isRunning}
          onClick={() =>
            void act.run({ method: 'PUT', body: { readOnly: !isReadOnly } }, 'mode', () =>
              isReadOnly ? 'Writes are taken again.' : 'Writes are refused from now on.',
            )
          }
        >
          {isReadOnly ? 'Take writes again' : 'Refuse writes'}
        </Button>
      </div>
      <form
        class="gate"
        onSubmit={(event) => {
          event.preventDefault();
          void act.run(
            { method: 'PUT', body: { shards: Number(shards) } },
            'shards',
            (answer) => `The keys are divided among ${answer['shards'] ?? ''} objects.`,
          );
        }}
      >
        <TextField
          label="Objects"
          type="number"
          hint="1 to 32; the keys are divided among them"
          placeholder={String(stats?.shards ?? 1)}
          value={shards}
          onInput={setShards}
          isRequired
        />
        <Button type="submit" isBusy={act.isRunning}>
          Divide
        </Button>
      </form>
      <Failure refusal={act.refusal} />
    </div>
  );
}
