import type { ComponentChildren, JSX } from 'preact';
import { useState } from 'preact/hooks';
import { operatorKey } from '../service/operator-key.ts';
import { Button } from './button.tsx';
import { TextField } from './field.tsx';
import { Card } from './page.tsx';

/** What operators do: shown to who has their key, which belongs to no account. */
export function OperatorGate({ title, children }: { title: string; children: ComponentChildren }): JSX.Element {
  const [text, setText] = useState('');
  if (operatorKey.value !== null)
    return (
      <Card
        title={title}
        actions={
          <Button kind="quiet" onClick={() => (operatorKey.value = null)}>
            Forget the operator key
          </Button>
        }
      >
        {children}
      </Card>
    );
  return (
    <Card title={title}>
      <form
        class="gate"
        onSubmit={(event) => {
          event.preventDefault();
          operatorKey.value = text.trim();
        }}
      >
        <TextField
          label="Operator key"
          type="password"
          hint={
            <>
              This is for operators of the service. The key stays in this page until you leave it; <code>npm start</code> keeps one in{' '}
              <code>.steamer/operator-key</code>.
            </>
          }
          value={text}
          onInput={setText}
          isRequired
        />
        <Button type="submit">Unlock</Button>
      </form>
    </Card>
  );
}
