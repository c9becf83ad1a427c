import type { TokenUsage } from '@runtape/core'
import type { SpanDefinition } from '@runtape/trace'
import type { Facts } from '../call/call-result.ts'
import type { Fields } from '../call/json-fields.ts'
import type { EventRules } from '../sse/event-rules.ts'

/** The part of `fetch` that the tap stands in for. */
export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>

/** The version of this contract. */
export const contractVersion = 1

/** A provider whose hosts speak HTTP: how its requests are recognised, and how its answers are read. */
export interface HttpProvider {
  /** The version of the contract that it was written for. */
  readonly contract: typeof contractVersion
  /** Spans of its endpoints begin with it: `openai`. */
  readonly name: string
  /** Every endpoint that calls a model; the first whose path fits. Other requests pass untouched. */
  readonly endpoints: readonly Endpoint[]
  /** Recorded response headers that hold the id of a request, as for support; the first that is there. */
  readonly requestIdHeaders?: readonly string[]
  /** Tokens from the usage as the host sent it; `undefined` where it is not understood. */
  usageOf(told: unknown): TokenUsage | undefined
  /** Whether a response header is recorded, by its lower-case name: never one that identifies or authorises. */
  keepsHeader?(name: string): boolean
  /** Whether a request asks for a stream, where its body can be read. Default: its `stream` is `true`. */
  streams?(asked: Asked): boolean
  /** The model that a request asks for. Default: its `model`. */
  modelOf?(asked: Asked): unknown
  /** Who ran the model, where an answer is not from this provider: `local` for a server of one's own. Prices follow it. */
  ranBy?(url: string, headers: Headers): string | undefined
  /** Whether a request is for this provider, where the global `fetch` is tapped. Default: the endpoint decides. */
  speaks?(request: SentRequest): boolean
}

/** A request on its way: enough to tell whose it is. */
export interface SentRequest {
  readonly url: string
  readonly headers: Headers
}

/** What is known of a request. */
export interface Asked {
  readonly url: string
  /** The members of its JSON or its form; none where it could not be read. */
  readonly body: Fields
}

/** One endpoint that calls a model. */
export interface Endpoint {
  /** What the path of its URL ends with, or matches. */
  readonly path: string | RegExp
  /** Default: `POST`. */
  readonly method?: 'GET'
  /**
   * Its requests begin no call: they ask for an answer that is made in the background, whose id is the first group of
   * `path`. The call that began it gets the usage of the first that is final. Default: false.
   */
  readonly follows?: true
  readonly definition: SpanDefinition
  /** Its answers may have no usage: there are no tokens, or other things are billed. */
  readonly mayTellNoUsage?: true
  /** Its answers may be plain text. */
  readonly mayBeText?: true
  /** Its answers are bytes: counted, not kept. */
  readonly isBinary?: true
  /** What an answer in one piece says. */
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

/** The id of the answer that a request asks for again, where its endpoint does. */
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
