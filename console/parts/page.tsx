import type { ComponentChildren, JSX } from 'preact';
import { useEffect } from 'preact/hooks';

interface PageProps {
  title: string;
  /** a line on what this is */
  lead?: ComponentChildren;
  actions?: ComponentChildren;
  /** where it hangs below */
  trail?: ComponentChildren;
  children: ComponentChildren;
}

export function Page({ title, lead, actions, trail, children }: PageProps): JSX.Element {
  useEffect(() => {
    document.title = `${title} · Steamer`;
  }, [title]);
  return (
    <>
      <header class="page-head">
        <div>
          {trail && <nav aria-label="Above">{trail}</nav>}
          <h1 tabIndex={-1}>{title}</h1>
          {lead && <p class="lead">{lead}</p>}
        </div>
        {actions && <div class="actions">{actions}</div>}
      </header>
      {children}
    </>
  );
}

export function Card({
  title,
  actions,
  children,
}: {
  title?: string;
  actions?: ComponentChildren;
  children: ComponentChildren;
}): JSX.Element {
  return (
    <section class="card">
      {title !== undefined && (
        <header>
          <h2>{title}</h2>
          {actions}
        </header>
      )}
      {children}
    </section>
  );
}

/** Places beside each other of one thing. */
export function Tabs({
  label,
  tabs,
  current,
}: {
  label: string;
  tabs: readonly (readonly [name: string, text: string, link: string])[];
  current: string;
}): JSX.Element {
  return (
    <nav class="tabs" aria-label={label}>
      {tabs.map(([name, text, link]) => (
        <a key={name} href={link} {...(name === current ? { 'aria-current': 'page' as const } : {})}>
          {text}
        </a>
      ))}
    </nav>
  );
}
