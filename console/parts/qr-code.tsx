import type { JSX } from 'preact';
import { encode } from 'uqr';

/** A text for cameras. */
export function QrCode({ text, label }: { text: string; label: string }): JSX.Element {
  const { size, data } = encode(text, { ecc: 'M', border: 4 });
  const squares = data.flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : '')));
  return (
    <svg class="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label} shape-rendering="crispEdges">
      <path d={squares.join('')} />
    </svg>
  );
}
