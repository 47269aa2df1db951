import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Button } from '../../parts/button.tsx';
import { TextArea } from '../../parts/field.tsx';
import { Failure } from '../../parts/notices.tsx';
import { Card } from '../../parts/page.tsx';
import { useAction } from '../../service/action.ts';
import { streamsOf } from '../../service/streams.ts';
import { isOfService, type StreamListing } from './stream.ts';

/** Appends a message to a stream. */
export function Publish({ tenant, stream }: { tenant: string; stream: StreamListing }): JSX.Element | null {
  const isJson = stream.contentType.startsWith('application/json');
  const [text, setText] = useState('');
  const publish = useAction(async () => {
    const message: unknown = isJson ? JSON.parse(text) : text;
    await streamsOf(tenant).producer(stream.name, { contentType: stream.contentType }).append(message);
    setText('');
  });
  if (stream.isClosed || isOfService(stream.name)) return null;
  return (
    <Card title="Publish">
      <form onSubmit={(event) => (event.preventDefault(), void publish.run())}>
        <TextArea label="Message" hint={isJson ? 'JSON: "hello", or {"n": 1}' : 'As text'} value={text} onInput={setText} isRequired />
        <Failure refusal={publish.refusal} />
        <Button kind="primary" type="submit" isBusy={publish.isRunning}>
          Publish
        </Button>
      </form>
    </Card>
  );
}
