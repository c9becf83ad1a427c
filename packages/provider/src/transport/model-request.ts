import type { Payload } from '@runtape/core'
import type { CaptureLimits } from '@runtape/trace'
import { captureInput } from '@runtape/trace/provider'
import { AbortLink } from '../body/abort-link.ts'
import { isRequest } from '../body/runtime-response.ts'
import { fieldsOf } from '../call/json-fields.ts'
import { payloadOfJson } from '../recorded/json-payload.ts'
import { type Asked, type Endpoint, followedId, type HttpProvider } from './http-provider.ts'
import { type RequestBody, readBody } from './request-body.ts'
import type { RetryRule } from './sdk-retry.ts'

/** A request to the model, as the application sent it. */
export class ModelRequest {
  readonly provider: HttpProvider
  readonly endpoint: Endpoint
  readonly input: string | URL | Request
  readonly url: string
  #init: RequestInit
  #headers: Headers | undefined
  readonly signal: AbortSignal | undefined
  /** Number of attempts of the SDK before this one; `undefined` if the caller does not send it. */
  readonly retryCount: number | undefined
  /** The SDK's timeout for an answer in milliseconds, if it sends that. */
  readonly timeoutMs: number | undefined
  /** For a stream: connects the application's signal to the request. */
  link: AbortLink | undefined
  /** How the SDK retries, if it does not count attempts. Requests with the same rule are attempts of one call. */
  retry: RetryRule | undefined
  #body: RequestBody | undefined
  #known: Pick<ModelRequest, 'streams' | 'model' | 'isBackground'> | undefined

  constructor(
    provider: HttpProvider,
    endpoint: Endpoint,
    input: string | URL | Request,
    init: RequestInit | undefined,
  ) {
    const sent: Pick<RequestInit, 'headers' | 'signal'> = isRequest(input) ? input : {}
    this.provider = provider
    this.endpoint = endpoint
    this.input = input
    this.url = urlOf(input)
    this.#init = init ?? {}
    const headers = this.#init.headers ?? sent.headers
    this.#headers = headers instanceof Headers ? headers : new Headers(headers)
    this.signal = this.#init.signal ?? sent.signal ?? undefined
    this.retryCount = countOf(this.#headers.get('x-stainless-retry-count'))
    const seconds = countOf(this.#headers.get('x-stainless-timeout'))
    this.timeoutMs = seconds === undefined ? undefined : seconds * 1000
  }

  get init(): RequestInit {
    return this.#init
  }

  get headers(): Headers {
    return this.#headers ?? new Headers()
  }

  /**
   * Releases the request's data and keeps only what was read from it: prompts are long, and streams stay open for long.
   */
  release(): void {
    this.#known = { streams: this.streams, model: this.model, isBackground: this.isBackground }
    this.#body = { value: undefined, ...(this.body.note !== undefined && { note: this.body.note }) }
    this.#init = {}
    this.#headers = undefined
  }

  /** The body as it was sent. */
  get source(): unknown {
    return this.#init.body ?? (isRequest(this.input) ? this.input.body : undefined)
  }

  /** The body, if it can be read without consuming it. Read lazily. */
  get body(): RequestBody {
    this.#body ??= this.follows === undefined ? readBody(this.source) : { value: this.#query }
    return this.#body
  }

  /** Sets the text of a body that only a copy could be read of. */
  readAs(text: string): void {
    if (this.follows === undefined) this.#body = readBody(text)
  }

  /** The id of the background answer that it asks for. */
  get follows(): string | undefined {
    return followedId(this.endpoint, this.url)
  }

  // Replaces the body, which a GET request lacks.
  get #query(): Record<string, unknown> {
    const { searchParams } = URL.parse(this.url) ?? {}
    return { id: this.follows, ...Object.fromEntries(searchParams ?? []) }
  }

  /** Whether it asks for a stream; `undefined` if the body could not be read. */
  get streams(): boolean | undefined {
    if (this.#known) return this.#known.streams
    if (this.body.note !== undefined) return undefined
    const { streams } = this.provider
    return streams ? streams(this.#asked) : this.#asked.body.stream === true
  }

  /** The requested model. */
  get model(): string | undefined {
    if (this.#known) return this.#known.model
    const { modelOf } = this.provider
    const model = modelOf ? modelOf(this.#asked) : this.#asked.body.model
    return typeof model === 'string' ? model : undefined
  }

  /** Whether it asks for an answer in the background, with the field that hosts have in common. */
  get isBackground(): boolean {
    return this.#known?.isBackground ?? this.#asked.body.background === true
  }

  get #asked(): Asked {
    return { url: this.url, body: fieldsOf(this.body.value) }
  }

  /** The options to send. Replaces the signal of a stream by that of its link, one for all attempts at sending it. */
  linked(init: RequestInit | undefined): RequestInit | undefined {
    if (!this.signal || !this.streams || !this.endpoint.events) return init
    this.link ??= new AbortLink(this.signal)
    return { ...init, signal: this.link.signal }
  }

  /** The request as the arguments of its call. */
  payload(limits: CaptureLimits): Payload {
    const { value, json } = this.body
    // Its text is recorded unchanged, unless a `redact` of the application must see its values.
    const asItIs = limits.keepsInput !== false && !limits.redact
    return (asItIs && json && payloadOfJson(json, limits)) || captureInput([value], limits)
  }

  /** Whether the other request is the same, sent again. */
  isLike(other: ModelRequest): boolean {
    return this.url === other.url && this.source === other.source
  }
}

export const urlOf = (input: string | URL | Request): string => (isRequest(input) ? input.url : String(input))

const countOf = (header: string | null): number | undefined =>
  header !== null && /^\d+$/.test(header) ? Number(header) : undefined
