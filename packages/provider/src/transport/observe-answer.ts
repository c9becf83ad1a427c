import { BinaryBodyReader } from '../body/binary-body-reader.ts'
import type { BodyReader } from '../body/body-reader.ts'
import type { BodyEnd } from '../body/body-tap.ts'
import { hasNodeBody, tapNodeBody } from '../body/node-body.ts'
import { tappableBody, tapResponse } from '../body/response-tap.ts'
import { isOfRuntime } from '../body/runtime-response.ts'
import { canBeTappedInPlace, tapInPlace } from '../body/tap-in-place.ts'
import { TextBodyReader } from '../body/text-body-reader.ts'
import { UnseenBody } from '../body/unseen-body.ts'
import { contained } from '../call/contain-errors.ts'
import { type EventFilter, noRules } from '../sse/event-rules.ts'
import { SseBodyReader } from '../sse/sse-body-reader.ts'
import { awaitNextAttempt } from './attempts.ts'
import type { HttpCall } from './http-call.ts'
import { headOf, type ResponseHead, resultOf, resultUnread } from './http-result.ts'
import { isRetryable, longestWaitMs, mayFollow, type RetryRule } from './sdk-retry.ts'

interface Observation {
  readonly filter?: EventFilter
  /** The usage, if it is known in advance. */
  readonly usage?: unknown
}

/** Observes the response while the application reads it, and ends the call with it. */
export function observe(call: HttpCall, response: Response, observation: Observation = {}): Response {
  const isNode = hasNodeBody(response)
  const isRead = isNode || canBeRead(response)
  const head = headOf(response)
  // Must not hold a reference to the response.
  const newObserver = () => {
    const reader = isRead ? readerFor(call, head, observation) : new UnseenBody()
    // No retry follows once a stream has started.
    if (reader instanceof SseBodyReader) contained(() => call.request.release())
    return { reader, onEnd: onceEnded(call, head, reader) }
  }
  if (isRead && isOther(response)) return tapInPlace(response, newObserver)
  const { reader, onEnd } = newObserver()
  const source = isRead ? tappableBody(response) : undefined
  const { signal } = call.request
  if (source) return tapResponse(response, source, reader, { signal, onEnd })
  if (isNode) return tapNodeBody(response, reader, onEnd)
  onEnd({ how: 'done', isUnread: true })
  return response
}

/** Failed answers that an SDK may leave unread, by retry rule. The SDK's next attempt ends them. */
const unread = new WeakMap<RetryRule, () => void>()

/** Ends an earlier attempt by this rule whose answer was left unread. */
export const endUnread = (rule: RetryRule): void => unread.get(rule)?.()

function onceEnded(call: HttpCall, head: ResponseHead, reader: BodyReader): (end: BodyEnd) => void {
  let hasEnded = false
  const onEnd = (end: BodyEnd) => {
    if (!hasEnded) bodyEnded(call, head, reader, end)
    hasEnded = true
  }
  const { retry } = call.request
  if (retry && !head.ok) unread.set(retry, () => onEnd({ how: 'cancelled' }))
  return onEnd
}

/** Whether the body can be observed while the application reads it. True without a body. */
export function canBeRead(response: Response): boolean {
  if (isOther(response)) return canBeTappedInPlace(response)
  return !response.body || tappableBody(response) !== undefined || hasNodeBody(response)
}

/** Whether a response has its own class, with a web stream that is always the same object, or only methods. */
function isOther(response: Response): boolean {
  const { body } = response
  if (body === undefined) return typeof (response.text ?? response.json) === 'function'
  return !isOfRuntime(response) && body !== null && tappableBody(response) === body
}

function readerFor(
  { span, request, firstContent }: HttpCall,
  { ok, headers }: ResponseHead,
  { filter, usage }: Observation,
): BodyReader {
  const { endpoint, streams } = request
  const limits = span?.tracing.limits
  if (ok && (streams ?? headers.get('content-type')?.startsWith('text/event-stream'))) {
    const limit = limits?.maxPayloadBytes ?? 0
    return new SseBodyReader({
      rules: endpoint.events ?? noRules,
      filter,
      limit,
      limits,
      usage,
      link: request.link,
      onContent: firstContent,
      readWhole: text => {
        const whole = new TextBodyReader(endpoint, limits)
        whole.readText(text)
        return whole.answer()
      },
    })
  }
  return ok && endpoint.isBinary ? new BinaryBodyReader() : new TextBodyReader(endpoint, limits)
}

function bodyEnded(call: HttpCall, head: ResponseHead, reader: BodyReader, end: BodyEnd): void {
  const { request } = call
  const result = contained(() => resultOf(call, head, reader, end)) ?? resultUnread(call, end)
  if (result.status !== 'error' || !triesAgain(call, head, end)) return call.end(result)
  const waitMs = longestWaitMs(request, head.headers)
  awaitNextAttempt(call, result, { waitMs, isRefused: head.status === 401 })
}

// The SDK reads the body of a failure that it reports, and cancels that of a failure that it retries. The latter
// includes a 401 if it can get a new key. It also retries an answer that is not streamed after its timeout.
function triesAgain({ request, attempts }: HttpCall, head: ResponseHead, end: BodyEnd): boolean {
  const { how } = end
  if (!mayFollow(request, attempts)) return false
  if (request.retry) return !head.ok && request.retry.isRetryable(head)
  if (how === 'done' && end.isUnread) return isRetryable(head)
  if (how === 'cancelled') return head.status === 401 || isRetryable(head)
  return how === 'broken' && head.ok && !request.streams && request.signal?.aborted === true
}
