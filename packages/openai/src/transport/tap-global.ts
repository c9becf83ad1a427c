import type { ModelRequest } from './model-request.ts'
import { isTapped, newTap } from './tap.ts'

const hosts =
  /^(api\.openai\.com|.+\.openai\.azure\.com|.+\.cognitiveservices\.azure\.com|.+\.api\.openai\.com)$/

/** Taps the global `fetch`, once: clients that are built afterwards are recorded as if they were instrumented. */
export function tapGlobalFetch(): void {
  const { fetch } = globalThis
  if (typeof fetch !== 'function' || isTapped(fetch)) return
  const tapped = newTap(fetch, { includeUsage: 'auto', maxRetries: 2, accepts: speaksOpenAI })
  // What others have put on it is still there, and it is still called `fetch`.
  for (const name of Reflect.ownKeys(fetch)) {
    const descriptor = Object.getOwnPropertyDescriptor(fetch, name)
    if (descriptor) Reflect.defineProperty(tapped, name, descriptor)
  }
  globalThis.fetch = tapped as typeof globalThis.fetch
}

/** A known path alone may be anybody's: the host must be known too, or the SDK have signed the request. */
function speaksOpenAI({ url, headers }: ModelRequest): boolean {
  return (
    headers.has('x-stainless-lang') || headers.has('x-stainless-package-version') || hosts.test(hostOf(url))
  )
}

function hostOf(url: string): string {
  try {
    return new URL(url).hostname
  } catch {
    return ''
  }
}
