import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { CurlPreview } from '../../parts/code.tsx';
import { FormDialog } from '../../parts/dialog.tsx';
import { Choice, TextArea } from '../../parts/field.tsx';
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
  const start = useAction(async () => {
    const { value } = await send<{ runId: string }>(request());
    go(linkTo(tenant, 'workflows', [value.runId]));
  });
  return (
    <FormDialog title="Start a workflow" button="Start" action={start} onClose={onClose}>
      <Choice label="Workflow" value={workflow} options={names.map((name) => [name, name])} onChange={setWorkflow} />
      <TextArea
        label="Arguments"
        hint={'A list in JSON, such as ["Ada", 3]'}
        rows={4}
        value={text}
        onInput={setText}
        error={start.refusal?.of('/input')}
        isRequired
      />
      <CurlPreview make={request} />
    </FormDialog>
  );
}
