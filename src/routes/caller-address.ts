/**
 * The address as the edge knows it. Headers that a caller can write himself (`X-Forwarded-For`, `Forwarded`, `X-Real-IP`, `True-Client-IP`) are never read; Cloudflare
 * overwrites this one.
 */
export function addressOf(request: Request): string | null {
  return request.headers.get('cf-connecting-ip');
}
