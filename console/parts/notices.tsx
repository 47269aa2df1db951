/** What a page says when it has nothing to show: that there is nothing yet and what to do, what went wrong, or that it is on its way. */
import type { ComponentChildren, JSX } from 'preact';
import type { Refusal } from '../service/refusal.ts';
import type { Resource } from '../service/resource.ts';
import { Button } from './button.tsx';
import { Icon, type IconName } from './icon.tsx';

export function Empty({ icon, title, children }: { icon: IconName; title: string; children?: ComponentChildren }): JSX.Element {
  return (
    <div class="empty">
      <Icon name={icon} />
      <h2>{title}</h2>
      {children}
    </div>
  );
}

export function Failure({ refusal, retry }: { refusal: Refusal | null; retry?: (() => void) | undefined }): JSX.Element | null {
  if (refusal === null) return null;
  return (
    <div class="failure" role="alert">
      <Icon name="warning" />
      <div>
        <strong>{refusal.title}</strong>
        {refusal.message !== '' && <p>{refusal.message}</p>}
        {refusal.fields.length > 0 && (
          <ul>
            {refusal.fields.map(({ pointer, detail }) => (
              <li key={pointer}>
                <code>{pointer}</code> {detail}
              </li>
            ))}
          </ul>
        )}
        <p class="fine">
          <code>{refusal.code}</code>
          {refusal.requestId !== null && (
            <>
              {' '}
              · request <code>{refusal.requestId}</code>
            </>
          )}
        </p>
      </div>
      {retry && <Button onClick={retry}>Try again</Button>}
    </div>
  );
}

/** Something of the service, when it is there; before, and instead of it, what there is to say. An older answer stays in sight beside a failure. */
export function Loaded<Value>({
  resource,
  children,
}: {
  resource: Resource<Value>;
  children: (value: Value) => ComponentChildren;
}): JSX.Element {
  const { answer, refusal, reload } = resource;
  return (
    <>
      <Failure refusal={refusal} retry={reload} />
      {answer === null ? refusal === null && <Waiting /> : children(answer.value)}
    </>
  );
}

export function Waiting(): JSX.Element {
  return (
    <div class="waiting" role="status">
      <span class="visually-hidden">Loading</span>
      <span class="bar" />
      <span class="bar" />
      <span class="bar" />
    </div>
  );
}
