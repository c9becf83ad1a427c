import type { ModelRequest, RequestEdit } from '@runtape/provider/http'
import { chatCompletions } from './endpoints/chat-completions.ts'
import { completions } from './endpoints/completions.ts'
import { hideUsage } from './hide-usage.ts'

/** When to ask for the usage of a stream that the application did not ask for. */
export type IncludeUsage = 'auto' | boolean

// Streams of the others always have their usage.
const asking: ReadonlySet<unknown> = new Set([chatCompletions, completions])

/** Asks for usage where it must be asked for, and remembers the hosts that refuse. */
export class StreamOptions implements RequestEdit {
  readonly filter = hideUsage
  readonly #mode: IncludeUsage
  readonly #refusing = new Set<string>()

  constructor(mode: IncludeUsage = 'auto') {
    this.#mode = mode
  }

  edit(request: ModelRequest): string | undefined {
    if (this.#mode === false || !asking.has(request.endpoint) || !request.streams) return undefined
    if (isFixed(request.headers)) return undefined
    if (this.#mode === 'auto' && this.#refusing.has(hostOf(request))) return undefined
    return withUsage(request)
  }

  /** Its host is not asked again. */
  async refused(request: ModelRequest, response: Response): Promise<boolean> {
    if (this.#mode !== 'auto' || (response.status !== 400 && response.status !== 422)) return false
    const text = await response
      .clone()
      .text()
      .catch(() => '')
    if (!text.includes('stream_options')) return false
    this.#refusing.add(hostOf(request))
    return true
  }
}

const hostOf = (request: ModelRequest): string => request.url.split('/', 3).join('/')

function withUsage({ body: { json } }: ModelRequest): string | undefined {
  if (!json) return undefined
  const { stream_options: own } = json.value as { stream_options?: { include_usage?: unknown } | null }
  if (own === undefined) return json.text.replace('{', '{"stream_options":{"include_usage":true},')
  if (own?.include_usage === true) return undefined
  return JSON.stringify({ ...(json.value as object), stream_options: { ...own, include_usage: true } })
}

// A body that was measured or signed must arrive as it is.
function isFixed(headers: Headers): boolean {
  return (
    headers.has('content-length') ||
    headers.has('x-amz-content-sha256') ||
    headers.get('authorization')?.startsWith('AWS4-') === true
  )
}
