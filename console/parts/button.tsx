import type { ComponentChildren, JSX } from 'preact';
import { Icon, type IconName } from './icon.tsx';

interface ButtonProps {
  children: ComponentChildren;
  onClick?: (() => void) | undefined;
  /** `primary`: what one came for; `danger`: what cannot be undone */
  kind?: 'plain' | 'primary' | 'danger' | 'quiet';
  type?: 'button' | 'submit';
  icon?: IconName;
  isDisabled?: boolean;
  isBusy?: boolean;
  isPressed?: boolean;
}

export function Button({
  children,
  onClick,
  kind = 'plain',
  type = 'button',
  icon,
  isDisabled = false,
  isBusy = false,
  isPressed,
}: ButtonProps): JSX.Element {
  return (
    <button
      type={type}
      class={`button ${kind}`}
      disabled={isDisabled || isBusy}
      aria-busy={isBusy}
      {...(isPressed === undefined ? {} : { 'aria-pressed': isPressed })}
      {...(onClick === undefined ? {} : { onClick })}
    >
      {icon && <Icon name={icon} />}
      {children}
    </button>
  );
}

/** A button that is a picture; `label` is what it does. */
export function IconButton({ icon, label, onClick }: { icon: IconName; label: string; onClick: () => void }): JSX.Element {
  return (
    <button type="button" class="button quiet icon-only" aria-label={label} title={label} onClick={onClick}>
      <Icon name={icon} />
    </button>
  );
}
