import type { TokenUsage } from '@runtape/core'
import type { SpanDefinition } from '@runtape/trace'
import type { Facts } from '../call/call-result.ts'
import type { Fields } from '../call/json-fields.ts'
import type { EventRules } from '../sse/event-rules.ts'

/** The part of `fetch` that the tap replaces. */
export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>

/** The version of this contract. */
export const contractVersion = 1

/** A provider whose hosts speak HTTP: how its requests are recognized and its answers are read. */
export interface HttpProvider {
  /** The version of the contract that it implements. */
  readonly contract: typeof contractVersion
  /** Prefix of the span keys of its endpoints, such as `openai`. */
  readonly name: string
  /** All endpoints that call a model. The first with a matching path is used. Other requests pass unchanged. */
  readonly endpoints: readonly Endpoint[]
  /** Response headers with the id to quote to the host's support; `keepsHeader` must keep them. The first that exists is used. */
  readonly requestIdHeaders?: readonly string[]
  /** Tokens from the usage as the host sent it; `undefined` if it cannot be interpreted. */
  usageOf(told: unknown): TokenUsage | undefined
  /**
   * Whether a response header is recorded, by its lower-case name. Must be false for any that identifies or authorizes.
   */
  keepsHeader?(name: string): boolean
  /** Whether a request asks for a stream, if its body can be read. Default: its `stream` is `true`. */
  streams?(asked: Asked): boolean
  /** The model that a request asks for. Default: its `model`. */
  modelOf?(asked: Asked): unknown
  /**
   * Who ran the model if the answer is not from this provider: `local` for a self-hosted server. Determines the prices.
   */
  ranBy?(url: string, headers: Headers): string | undefined
  /** Whether a request is for this provider, when the global `fetch` is tapped. Default: the endpoint decides. */
  speaks?(request: SentRequest): boolean
}

/** The part of a request that identifies its provider. */
export interface SentRequest {
  readonly url: string
  readonly headers: Headers
}

/** What is known of a request. */
export interface Asked {
  readonly url: string
  /** The members of its JSON or its form; empty if it could not be read. */
  readonly body: Fields
}

/** One endpoint that calls a model. */
export interface Endpoint {
  /** What the path of its URL must end with, or match. */
  readonly path: string | RegExp
  /** Default: `POST`. */
  readonly method?: 'GET'
  /**
   * Set for polling endpoints: a request fetches a background answer by the id in the first group of
   * `path`. The first final answer's usage belongs to the call that started it. Default: false.
   */
  readonly follows?: true
  readonly definition: SpanDefinition
  /** Its answers may lack usage: they use no tokens, or something else is billed. */
  readonly mayTellNoUsage?: true
  /** Its answers may be plain text. */
  readonly mayBeText?: true
  /** Its answers are binary: bytes are counted, not kept. */
  readonly isBinary?: true
  /** Facts from an answer that is not streamed. */
  facts(answer: Fields): Facts
  /** How its streams of server-sent events are read. Default: it has none. */
  readonly events?: EventRules
}

/** The endpoint that a request goes to. */
export function endpointOf(
  { endpoints }: HttpProvider,
  method: string | undefined,
  url: string,
): Endpoint | undefined {
  const verb = method === 'POST' || method === undefined ? (method ?? 'GET') : method.toUpperCase()
  if (verb !== 'POST' && verb !== 'GET') return undefined
  const path = pathOf(url)
  return endpoints.find(
    endpoint =>
      (endpoint.method ?? 'POST') === verb &&
      (typeof endpoint.path === 'string' ? path.endsWith(endpoint.path) : endpoint.path.test(path)),
  )
}

/** The id of the background answer that a request asks for, if its endpoint does that. */
export function followedId({ follows, path }: Endpoint, url: string): string | undefined {
  if (!follows || typeof path === 'string') return undefined
  const id = path.exec(pathOf(url))?.[1] ?? ''
  try {
    return decodeURIComponent(id)
  } catch {
    return id
  }
}

function pathOf(url: string): string {
  const end = url.search(/[?#]/)
  return end === -1 ? url : url.slice(0, end)
}
