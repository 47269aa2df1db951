import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Button } from '../../parts/button.tsx';
import { TextArea } from '../../parts/field.tsx';
import { Failure, Loaded } from '../../parts/notices.tsx';
import { Card } from '../../parts/page.tsx';
import { Time } from '../../parts/time.tsx';
import { useAction } from '../../service/action.ts';
import { pathOf } from '../../service/request.ts';
import { useReloadAfter, useResource } from '../../service/resource.ts';
import { send } from '../../service/send.ts';
import { note } from '../../shell/notes.tsx';
import type { Hook } from './run.ts';

interface HooksProps {
  tenant: string;
  runId: string;
  /** in the run, until now */
  happened: number;
}

/** What a run waits for from outside, and a way to hand it over. */
export function Hooks({ tenant, runId, happened }: HooksProps): JSX.Element {
  const hooks = useResource<{ items: Hook[] }>({ method: 'GET', path: pathOf(tenant, 'workflows', 'runs', runId, 'hooks') });
  useReloadAfter(hooks, happened);
  return (
    <Card title="Hooks">
      <Loaded resource={hooks}>
        {({ items }) =>
          items.length === 0 ? (
            <p class="muted">It waits for nothing from outside.</p>
          ) : (
            <>
              {items.map((hook) => (
                <WaitingHook
                  key={hook.hookId}
                  path={pathOf(tenant, 'workflows', 'runs', runId, 'hooks', hook.hookId, 'resume')}
                  hook={hook}
                  onResumed={hooks.reload}
                />
              ))}
            </>
          )
        }
      </Loaded>
    </Card>
  );
}

function WaitingHook({
  path,
  hook: { hookId, isWebhook, createdAt },
  onResumed,
}: {
  path: string;
  hook: Hook;
  onResumed: () => void;
}): JSX.Element {
  const [text, setText] = useState('{}');
  const resume = useAction(async () => {
    await send({ method: 'POST', path, body: JSON.parse(text) as unknown });
    note('The run has it, and goes on.');
    onResumed();
  });
  return (
    <form class="stack" onSubmit={(event) => (event.preventDefault(), void resume.run())}>
      <p>
        {isWebhook ? 'A webhook' : 'A hook'} <code>{hookId}</code>, which waits since <Time at={createdAt} />.
      </p>
      <TextArea label="Payload" hint="JSON" rows={3} value={text} onInput={setText} isRequired />
      <Failure refusal={resume.refusal} />
      <div>
        <Button type="submit" isBusy={resume.isRunning}>
          Hand it over
        </Button>
      </div>
    </form>
  );
}
