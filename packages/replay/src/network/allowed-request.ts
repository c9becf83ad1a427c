/**
 * A request that replayed code may send: a host (`api.example.com`, with a non-default port), a URL prefix
 * (`https://api.example.com/v1/`), or a pattern for the whole URL.
 */
export type AllowedRequest = string | URL | RegExp

export function isAllowed(url: URL, allow: readonly AllowedRequest[]): boolean {
  return allow.some(one => matches(url, one))
}

function matches(url: URL, allowed: AllowedRequest): boolean {
  if (allowed instanceof RegExp) return url.href.search(allowed) !== -1
  const text = String(allowed)
  if (!text.includes('://')) return url.host === text || url.hostname === text
  const { origin, pathname, search } = new URL(text)
  return url.origin === origin && `${url.pathname}${url.search}`.startsWith(pathname + search)
}

/** Why this is not a valid allowed request, or `undefined` if it is. */
export function allowedProblem(allowed: unknown): string | undefined {
  if (allowed instanceof RegExp || allowed instanceof URL) return undefined
  if (typeof allowed !== 'string' || allowed === '') return 'is neither a host, a URL nor a RegExp'
  if (allowed.includes('://')) return URL.canParse(allowed) ? undefined : 'is not a URL'
  return /[/\s]/.test(allowed) ? 'is not a host; a URL starts with its protocol' : undefined
}
