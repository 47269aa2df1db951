import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Button } from '../../parts/button.tsx';
import { CurlPreview } from '../../parts/code.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Choice, TextArea } from '../../parts/field.tsx';
import { Failure } from '../../parts/notices.tsx';
import { useAction } from '../../service/action.ts';
import { pathOf, type ServiceRequest } from '../../service/request.ts';
import { send } from '../../service/send.ts';
import { go, linkTo } from '../../shell/route.ts';

interface StartRunProps {
  tenant: string;
  names: readonly string[];
  onClose: () => void;
}

/** Starts one of the workflows, and goes to its run. */
export function StartRun({ tenant, names, onClose }: StartRunProps): JSX.Element {
  const [workflow, setWorkflow] = useState(names[0] ?? '');
  const [text, setText] = useState('[]');
  const request = (): ServiceRequest => ({
    method: 'POST',
    path: pathOf(tenant, 'workflows', 'runs'),
    body: { workflow, input: JSON.parse(text) as unknown },
  });
  const { run, isRunning, refusal } = useAction(async () => {
    const { value } = await send<{ runId: string }>(request());
    go(linkTo(tenant, 'workflows', [value.runId]));
  });
  return (
    <Dialog title="Start a workflow" onClose={onClose}>
      <form onSubmit={(event) => (event.preventDefault(), void run())}>
        <div class="dialog-body">
          <Choice label="Workflow" value={workflow} options={names.map((name) => [name, name])} onChange={setWorkflow} />
          <TextArea
            label="Arguments"
            hint={'A list in JSON, such as ["Ada", 3]'}
            rows={4}
            value={text}
            onInput={setText}
            error={refusal?.of('/input')}
            isRequired
          />
          <Failure refusal={refusal} />
          <CurlPreview make={request} />
        </div>
        <footer>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit" isBusy={isRunning}>
            Start
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}
