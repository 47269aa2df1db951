import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { curlOf, type ServiceRequest } from '../service/request.ts';
import { IconButton } from './button.tsx';

const SHOWN_FOR_MS = 1_500;

/** Puts a text where it can be pasted from, and says so. */
export function Copy({ text, label }: { text: string; label: string }): JSX.Element {
  const [isDone, setDone] = useState(false);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(text);
    setDone(true);
    setTimeout(() => setDone(false), SHOWN_FOR_MS);
  };
  return (
    <>
      <IconButton icon={isDone ? 'check' : 'copy'} label={label} onClick={() => void copy()} />
      <span class="visually-hidden" role="status">
        {isDone ? 'Copied' : ''}
      </span>
    </>
  );
}

/** Code that scrolls by itself. */
export function Code({ text, label, isWrapped = false }: { text: string; label: string; isWrapped?: boolean }): JSX.Element {
  return (
    <div class={`code ${isWrapped ? 'wrapped' : ''}`}>
      <pre tabIndex={0} role="region" aria-label={label}>
        {text}
      </pre>
      <Copy text={text} label={`Copy ${label}`} />
    </div>
  );
}

/** The request that a page has made, as a command that makes it again. */
export function CurlLine({ request }: { request: ServiceRequest }): JSX.Element {
  return <Code text={curlOf(request, location.origin)} label="the request as a command" />;
}

/** The request that a form would make as it is filled in; nothing while there is none. */
export function CurlPreview({ make }: { make: () => ServiceRequest }): JSX.Element | null {
  try {
    return <CurlLine request={make()} />;
  } catch {
    return null;
  }
}

export function Json({ value, label }: { value: unknown; label: string }): JSX.Element {
  return <Code text={JSON.stringify(value, null, 2)} label={label} />;
}
