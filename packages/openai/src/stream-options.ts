import type { EventFilter, ModelRequest, RequestEdit } from '@runtape/provider/http'
import { chatCompletions } from './endpoints/chat-completions.ts'
import { completions } from './endpoints/completions.ts'
import { hideUsage } from './hide-usage.ts'
import { hostOf, isFromOpenAI, mayBlameEdit, tellsUnasked } from './hosts.ts'

/** When to request the usage of a stream if the application does not. */
export type IncludeUsage = 'auto' | boolean

// Other streams always have their usage.
const asking: ReadonlySet<unknown> = new Set([chatCompletions, completions])

/** Requests usage where necessary, and remembers the hosts that refuse the option or do not need it. */
export class StreamOptions implements RequestEdit {
  readonly #mode: IncludeUsage
  /** Hosts whose requests are sent unchanged. */
  readonly #left = new Set<string>()
  /** Hosts that streamed with the edit, or failed with and without it: the edit is not the cause of failures. */
  readonly #cleared = new Set<string>()

  constructor(mode: IncludeUsage = 'auto') {
    this.#mode = mode
  }

  edit(request: ModelRequest): string | undefined {
    if (this.#mode === false || !asking.has(request.endpoint) || !request.streams) return undefined
    if (isFixed(request.headers)) return undefined
    const host = hostOf(request)
    if (this.#mode === 'auto' && (tellsUnasked(host) || this.#left.has(host))) return undefined
    return withUsage(request)
  }

  async mayRefuse(request: ModelRequest, response: Response): Promise<boolean> {
    const host = hostOf(request)
    if (this.#mode !== 'auto' || this.#cleared.has(host)) return false
    if (await mayBlameEdit(response, isFromOpenAI(request, response))) return true
    // It streams: from here on nothing is read before the application does.
    if (response.ok) this.#cleared.add(host)
    return false
  }

  sentAsItWas(request: ModelRequest, { ok }: Response): void {
    if (ok) this.#left.add(hostOf(request))
    else this.#cleared.add(hostOf(request))
  }

  filterOf(request: ModelRequest, response: Response): EventFilter {
    const isTold = () => {
      if (this.#mode === 'auto') this.#left.add(hostOf(request))
    }
    return hideUsage({ hidesNull: isFromOpenAI(request, response), onToldUnasked: isTold })
  }
}

interface Wishes {
  readonly stream_options?: { readonly include_usage?: unknown } | null
  readonly usage?: unknown
}

function withUsage({ body: { json } }: ModelRequest): string | undefined {
  if (!json) return undefined
  const { stream_options: own, usage } = json.value as Wishes
  // The application requests usage in another host's form.
  if (usage !== undefined) return undefined
  if (own === undefined) return json.text.replace('{', '{"stream_options":{"include_usage":true},')
  if (own?.include_usage === true) return undefined
  return JSON.stringify({ ...(json.value as object), stream_options: { ...own, include_usage: true } })
}

// A measured or signed body must arrive unchanged.
function isFixed(headers: Headers): boolean {
  return (
    headers.has('content-length') ||
    headers.has('x-amz-content-sha256') ||
    headers.get('authorization')?.startsWith('AWS4-') === true
  )
}
