/**
 * A Content-Disposition with a name that people gave a file (RFC 6266): as ASCII for who knows no better, and in UTF-8. Neither has a slash, and
 * the name cannot end the quotes, so that it stays one name whatever was written into it.
 */
export function contentDisposition(kind: 'inline' | 'attachment', name: string): string {
  const plain = name.replaceAll(/[/\\]/g, '_');
  const ascii = plain.replaceAll(/[^ -~]|["%]/gu, '_');
  return `${kind}; filename="${ascii}"; filename*=UTF-8''${extendedValue(plain)}`;
}

/** RFC 8187: `encodeURIComponent` leaves some characters that a value may not have. */
function extendedValue(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replaceAll(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
