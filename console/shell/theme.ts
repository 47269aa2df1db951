/** Light or dark: as the system has it, until somebody chooses. */
import { effect, signal } from '@preact/signals';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const STORED_AS = 'steamer-console-theme';

export const theme = signal<Theme>(stored());

const systemIsDark = matchMedia('(prefers-color-scheme: dark)');
/** Changes whenever colours do, for what is drawn and not styled. */
export const appearance = signal<'light' | 'dark'>('light');

systemIsDark.addEventListener('change', apply);
effect(apply);

export function choose(next: Theme): void {
  theme.value = next;
  localStorage.setItem(STORED_AS, next);
}

function apply(): void {
  if (theme.value === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme.value;
  appearance.value = theme.value === 'system' ? (systemIsDark.matches ? 'dark' : 'light') : theme.value;
}

function stored(): Theme {
  const text = localStorage.getItem(STORED_AS);
  return THEMES.find((one) => one === text) ?? 'system';
}
