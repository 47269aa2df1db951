/** One item: as it is, changed, deleted. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Button } from '../../parts/button.tsx';
import { CurlPreview } from '../../parts/code.tsx';
import { Confirm, Dialog } from '../../parts/dialog.tsx';
import { Failure, Loaded } from '../../parts/notices.tsx';
import { Time } from '../../parts/time.tsx';
import { useAction } from '../../service/action.ts';
import { pathOf, type ServiceRequest } from '../../service/request.ts';
import { useResource } from '../../service/resource.ts';
import { type Answer, send } from '../../service/send.ts';
import { note } from '../../shell/notes.tsx';
import { Cost } from './cost.tsx';
import { changesOf, type Texts, textsOf } from './item-form.ts';
import { ItemFields } from './item-fields.tsx';
import { type Item, isInstant, keyFields, type Model, textOf } from './model.ts';

interface ItemPanelProps {
  tenant: string;
  model: Model;
  itemKey: readonly string[];
  onChanged: () => void;
  onClose: () => void;
}

export function ItemPanel({ tenant, model, itemKey, onChanged, onClose }: ItemPanelProps): JSX.Element {
  const path = pathOf(tenant, model.path, ...itemKey);
  const item = useResource<Item>({ method: 'GET', path });
  return (
    <Dialog isPanel title={`${model.name} ${itemKey.join(' / ')}`} onClose={onClose}>
      {item.answer === null ? (
        <div class="dialog-body">
          <Loaded resource={item}>{() => null}</Loaded>
        </div>
      ) : (
        <Editor
          // What was changed elsewhere, and read anew, is edited from the beginning.
          key={item.answer.headers.get('etag') ?? JSON.stringify(item.answer.value)}
          model={model}
          path={path}
          answer={item.answer}
          onSaved={() => {
            item.reload();
            onChanged();
          }}
          onReload={item.reload}
          onDeleted={() => {
            onClose();
            onChanged();
          }}
        />
      )}
    </Dialog>
  );
}

interface EditorProps {
  model: Model;
  path: string;
  answer: Answer<Item>;
  onSaved: () => void;
  onReload: () => void;
  onDeleted: () => void;
}

function Editor({ model, path, answer, onSaved, onReload, onDeleted }: EditorProps): JSX.Element {
  const before = textsOf(model, answer.value);
  const [texts, setTexts] = useState<Texts>(before);
  const [isDeleting, setDeleting] = useState(false);
  const etag = answer.headers.get('etag');
  const condition = etag === null ? {} : { headers: { 'if-match': etag } };
  const isChanged = JSON.stringify(texts) !== JSON.stringify(before);
  const change = (): ServiceRequest => ({ method: 'PATCH', path, body: changesOf(model, before, texts), ...condition });
  const save = useAction(async () => {
    await send(change());
    note('Saved.');
    onSaved();
  });
  const remove = useAction(async () => {
    await send({ method: 'DELETE', path, ...condition });
    note('Deleted.');
    onDeleted();
  });
  const isOvertaken = save.refusal?.code === 'precondition_failed';
  return (
    <form class="panel-form" onSubmit={(event) => (event.preventDefault(), void save.run())}>
      <div class="dialog-body">
        <div class="split">
          <Cost answer={answer} />
          <Button kind="quiet" icon="refresh" onClick={onReload}>
            Read again
          </Button>
        </div>
        <Facts model={model} item={answer.value} />
        <ItemFields model={model} isNew={false} texts={texts} refusal={save.refusal} onChange={setTexts} />
        <Failure refusal={save.refusal} retry={isOvertaken ? onReload : undefined} />
        <CurlPreview make={isChanged ? change : () => ({ method: 'GET', path })} />
      </div>
      <footer>
        <Button kind="danger" icon="trash" onClick={() => setDeleting(true)}>
          Delete
        </Button>
        <span class="spring" />
        <Button isDisabled={!isChanged} onClick={() => setTexts(before)}>
          Undo
        </Button>
        <Button kind="primary" type="submit" isDisabled={!isChanged} isBusy={save.isRunning}>
          Save
        </Button>
      </footer>
      {isDeleting && (
        <Confirm
          title="Delete this item?"
          button="Delete"
          action={remove}
          onConfirm={() => void remove.run()}
          onClose={() => setDeleting(false)}
        >
          <p>It is removed from DynamoDB. What refers to it stays.</p>
        </Confirm>
      )}
    </form>
  );
}

/** The key, and what only the service writes. */
function Facts({ model, item }: { model: Model; item: Item }): JSX.Element {
  const keys = keyFields(model.primaryKey);
  const facts = Object.entries(model.fields).filter(([name, { readOnly }]) => readOnly || keys.includes(name));
  return (
    <dl class="facts">
      {facts.map(([name, field]) => {
        const value = item[name];
        return (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{isInstant(field) && typeof value === 'string' ? <Time at={value} /> : <code>{textOf(value)}</code>}</dd>
          </div>
        );
      })}
    </dl>
  );
}
