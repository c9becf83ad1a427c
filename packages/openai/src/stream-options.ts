import type { EventFilter, ModelRequest, RequestEdit } from '@runtape/provider/http'
import { chatCompletions } from './endpoints/chat-completions.ts'
import { completions } from './endpoints/completions.ts'
import { hideUsage } from './hide-usage.ts'
import { hostOf, isFromOpenAI, mayBlameEdit, tellsUnasked } from './hosts.ts'

/** When to ask for the usage of a stream that the application did not ask for. */
export type IncludeUsage = 'auto' | boolean

// Streams of the others always have their usage.
const asking: ReadonlySet<unknown> = new Set([chatCompletions, completions])

/** Asks for usage where it must be asked for, and remembers the hosts that refuse or tell it unasked. */
export class StreamOptions implements RequestEdit {
  readonly #mode: IncludeUsage
  /** Hosts that are sent requests as they are. */
  readonly #left = new Set<string>()
  /** Hosts that streamed with the edit, or failed with it and without it: it is not to blame for what fails. */
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
    // It streams: from here on nothing is looked at before the application does.
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
  // The application asks in the words of another host.
  if (usage !== undefined) return undefined
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
