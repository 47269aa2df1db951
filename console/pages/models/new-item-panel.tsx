import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Button } from '../../parts/button.tsx';
import { CurlPreview } from '../../parts/code.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Failure } from '../../parts/notices.tsx';
import { useAction } from '../../service/action.ts';
import { pathOf, type ServiceRequest } from '../../service/request.ts';
import { send } from '../../service/send.ts';
import { note } from '../../shell/notes.tsx';
import { bodyOf, type Texts } from './item-form.ts';
import { ItemFields } from './item-fields.tsx';
import { type Item, keyOf, type Model } from './model.ts';

interface NewItemPanelProps {
  tenant: string;
  model: Model;
  onCreated: (key: string[]) => void;
  onClose: () => void;
}

export function NewItemPanel({ tenant, model, onCreated, onClose }: NewItemPanelProps): JSX.Element {
  const [texts, setTexts] = useState<Texts>({});
  const request = (): ServiceRequest => ({ method: 'POST', path: pathOf(tenant, model.path), body: bodyOf(model, texts) });
  const create = useAction(async () => {
    const { value } = await send<Item>(request());
    note('Created.');
    onCreated(keyOf(model, value));
  });
  return (
    <Dialog isPanel title={`New ${model.name}`} onClose={onClose}>
      <form class="panel-form" onSubmit={(event) => (event.preventDefault(), void create.run())}>
        <div class="dialog-body">
          <ItemFields model={model} isNew texts={texts} refusal={create.refusal} onChange={setTexts} />
          <Failure refusal={create.refusal} />
          <CurlPreview make={request} />
        </div>
        <footer>
          <span class="spring" />
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit" isBusy={create.isRunning}>
            Create
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}
