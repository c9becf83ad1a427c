import type { ModelRequest } from './transport/model-request.ts'

/** When to ask for the usage of a stream that the application did not ask for. */
export type IncludeUsage = 'auto' | boolean

/** Asks for usage where it must be asked for, and remembers the hosts that refuse. */
export class StreamOptions {
  readonly #mode: IncludeUsage
  readonly #refusing = new Set<string>()

  constructor(mode: IncludeUsage) {
    this.#mode = mode
  }

  /** The body with the request for usage in it, or `undefined` where it is to be sent as it is. */
  edit(request: ModelRequest): string | undefined {
    const { endpoint } = request
    if (this.#mode === false || !endpoint.asksForUsage || !request.streams) return undefined
    if (isFixed(request.headers)) return undefined
    if (this.#mode === 'auto' && this.#refusing.has(hostOf(request))) return undefined
    return withUsage(request)
  }

  /** Whether this answer to an edited request refuses the edit; its host is not asked again. */
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
