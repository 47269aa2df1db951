import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { CurlPreview } from '../../parts/code.tsx';
import { FormDialog } from '../../parts/dialog.tsx';
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
    <FormDialog isPanel title={`New ${model.name}`} button="Create" action={create} onClose={onClose}>
      <ItemFields model={model} isNew texts={texts} refusal={create.refusal} onChange={setTexts} />
      <CurlPreview make={request} />
    </FormDialog>
  );
}
