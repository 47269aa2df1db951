import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { CallerPattern } from '../../../src/wire/limit-document.ts';
import { Button } from '../../parts/button.tsx';
import { Choice, TextField } from '../../parts/field.tsx';

const FOR = [
  ['3600', 'an hour'],
  ['86400', 'a day'],
  ['604800', 'a week'],
  ['', 'until it is lifted'],
] as const;

interface NewBanProps {
  tenant: string;
  isRunning: boolean;
  onBan: (ban: CallerPattern) => Promise<boolean>;
}

/** Refuses an address, or a key of the tenant. */
export function NewBan({ tenant, isRunning, onBan }: NewBanProps): JSX.Element {
  const [kind, setKind] = useState<'address' | 'key'>('address');
  const [who, setWho] = useState('');
  const [seconds, setSeconds] = useState<(typeof FOR)[number][0]>('3600');
  const ban = async (): Promise<void> => {
    const until = seconds === '' ? {} : { until: new Date(Date.now() + Number(seconds) * 1000).toISOString() };
    const isDone = await onBan({ ...(kind === 'address' ? { address: who.trim() } : { tenant, key: who.trim() }), ...until });
    if (isDone) setWho('');
  };
  return (
    <form class="query-row" onSubmit={(event) => (event.preventDefault(), void ban())}>
      <Choice
        label="Ban"
        value={kind}
        options={[
          ['address', 'an address or range'],
          ['key', `a key or user of ${tenant}`],
        ]}
        onChange={setKind}
      />
      <TextField
        label={kind === 'address' ? 'Address' : 'Id'}
        placeholder={kind === 'address' ? '203.0.113.0/24' : ''}
        value={who}
        onInput={setWho}
        isRequired
      />
      <Choice label="For" value={seconds} options={FOR} onChange={setSeconds} />
      <Button type="submit" isBusy={isRunning}>
        Ban
      </Button>
    </form>
  );
}
