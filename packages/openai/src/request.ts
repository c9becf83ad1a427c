const path = '/chat/completions'

/** True for a call of chat completions whose body can be read without touching it. */
export function isModelCall(input: unknown, init: RequestInit | undefined): init is RequestInit {
  if (typeof init?.body !== 'string' || init.method?.toUpperCase() !== 'POST') return false
  if (typeof input !== 'string' && !(input instanceof URL)) return false
  return pathOf(String(input)).endsWith(path)
}

/** A request to the model, as the application sent it. */
export class ModelRequest {
  readonly input: string | URL | Request
  readonly url: string
  readonly init: RequestInit
  /** The body as it was sent. */
  readonly text: string
  readonly headers: Headers
  /** How many attempts the SDK made before this one; `undefined` for a caller that does not say. */
  readonly retryCount: number | undefined
  /** How long the SDK waits for an answer, in milliseconds, where that is known. */
  readonly timeoutMs: number | undefined
  #body: unknown

  constructor(input: string | URL | Request, init: RequestInit, clientTimeoutMs?: number) {
    this.input = input
    this.url = String(input)
    this.init = init
    this.text = init.body as string
    this.headers = init.headers instanceof Headers ? init.headers : new Headers(init.headers)
    this.retryCount = countOf(this.headers.get('x-stainless-retry-count'))
    const seconds = countOf(this.headers.get('x-stainless-timeout'))
    this.timeoutMs = seconds === undefined ? clientTimeoutMs : seconds * 1000
  }

  /** The body as the JSON that it is; the text again where it is none. Read only if someone asks. */
  get body(): unknown {
    this.#body ??= parsed(this.text)
    return this.#body
  }

  get streams(): boolean {
    return (this.body as { stream?: unknown } | null)?.stream === true
  }
}

function pathOf(url: string): string {
  const end = url.search(/[?#]/)
  return end === -1 ? url : url.slice(0, end)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

const countOf = (header: string | null): number | undefined =>
  header !== null && /^\d+$/.test(header) ? Number(header) : undefined
