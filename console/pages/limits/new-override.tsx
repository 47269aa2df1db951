import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { LimitsDocument, OverrideDefinition } from '../../../src/wire/limit-document.ts';
import { Button } from '../../parts/button.tsx';
import { Choice, TextField } from '../../parts/field.tsx';

interface NewOverrideProps {
  tenant: string;
  policies: Required<LimitsDocument>['policies'];
  isRunning: boolean;
  onAdd: (override: OverrideDefinition) => Promise<boolean>;
}

/** Another number for the tenant, of a limit that its policy has. */
export function NewOverride({ tenant, policies, isRunning, onAdd }: NewOverrideProps): JSX.Element {
  const names = Object.entries(policies).flatMap(([policy, { limits }]) => Object.keys(limits).map((limit) => `${policy}.${limit}`));
  const [name, setName] = useState(names[0] ?? '');
  const [number, setNumber] = useState('');
  const add = async (): Promise<void> => {
    const [policy = '', limit = ''] = name.split('.');
    if (await onAdd({ name: `${tenant.slice(0, 24)}-console`, policy, tenant, limits: { [limit]: { limit: Number(number) } } }))
      setNumber('');
  };
  return (
    <form class="query-row" onSubmit={(event) => (event.preventDefault(), void add())}>
      <Choice label={`For ${tenant}, the limit`} value={name} options={names.map((one) => [one, one] as const)} onChange={setName} />
      <TextField label="Is" type="number" hint={describe(policies, name)} value={number} onInput={setNumber} isRequired />
      <Button type="submit" isBusy={isRunning}>
        Set
      </Button>
    </form>
  );
}

/** What holds without the exception. */
function describe(policies: NewOverrideProps['policies'], name: string): string {
  const [policy = '', limit = ''] = name.split('.');
  const definition = policies[policy]?.limits[limit];
  if (definition === undefined) return '';
  return `otherwise ${definition.limit} per ${'window' in definition ? definition.window : definition.period}`;
}
