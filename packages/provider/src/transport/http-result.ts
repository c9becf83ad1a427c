import type { SpanStatus } from '@runtape/core'
import type { BodyReader } from '../body/body-reader.ts'
import type { BodyEnd } from '../body/body-tap.ts'
import type { CallResult, Facts } from '../call/call-result.ts'
import { fieldsOf, textOf } from '../call/json-fields.ts'
import { payloadOf, type RecordedParts } from '../recorded/preencoded-members.ts'
import { headersToKeep } from '../recorded/recorded-answer.ts'
import type { HttpCall } from './http-call.ts'

/** Status and headers of a response, which itself must not be referenced. */
export type ResponseHead = Pick<Response, 'status' | 'statusText' | 'ok' | 'headers'>

export const headOf = ({ status, statusText, ok, headers }: Response): ResponseHead => ({
  status,
  statusText,
  ok,
  headers,
})

/** Result of a call from its (possibly partial) response. */
export function resultOf(call: HttpCall, head: ResponseHead, reader: BodyReader, end: BodyEnd): CallResult {
  const { facts, parts, isEmpty } = reader.answer()
  const { provider } = call.request
  const isBroken = end.how === 'broken' && !reader.isComplete
  const recorded = {
    status: head.status,
    // Some SDKs include it in their errors.
    ...(!head.ok && head.statusText !== '' && { statusText: head.statusText }),
    headers: headersToKeep(provider, head.headers),
    ...(isBroken && { broken: true as const }),
    ...(isBroken && isAborted(call, end) && { aborted: true as const }),
  }
  const failure = failureOf(head, facts, isEmpty === true && end.how === 'done')
  const status = failure ? 'error' : reader.isComplete ? 'ok' : statusOf(call, end)
  const error = failure ?? (status === 'error' && end.how === 'broken' ? end.error : undefined)
  const requestId = provider.requestIdHeaders?.map(name => recorded.headers[name]).find(id => id)
  return {
    ...resultWith(
      call,
      { status, error },
      { ...facts, ...toldByRequest(call, facts), provider: provider.ranBy?.(call.request.url, head.headers) },
      { ...parts, head: { ...recorded, ...parts.head } },
    ),
    ...(requestId && { metadata: { requestId } }),
  }
}

const toldByRequest = ({ request }: HttpCall, { background }: Facts): Pick<Facts, 'background'> =>
  background && !background.isTold && request.isBackground
    ? { background: { ...background, isTold: true } }
    : {}

/** Result of a call without any answer. */
export function resultWithout(call: HttpCall, error: unknown): CallResult {
  const status = brokenStatus(call, call.isTimedOut())
  const aborted = status === 'cancelled' && { aborted: true as const }
  return resultWith(call, { status, error }, {}, { head: { attempts: call.attempts, ...aborted } })
}

/** Result of a call whose response could not be read because of our own error. */
export const resultUnread = (call: HttpCall, end: BodyEnd): CallResult => ({ status: statusOf(call, end) })

/** Result of a call that a replay refuses. */
export const resultRefused = (call: HttpCall, error: unknown): CallResult =>
  resultWith(call, { status: 'error', error }, {}, {})

function resultWith(
  { request }: HttpCall,
  { status, error }: { readonly status: SpanStatus; readonly error: unknown },
  facts: Facts,
  parts: RecordedParts,
): CallResult {
  const { note } = request.body
  const notes = [...(note === undefined ? [] : [note]), ...(facts.notes ?? [])]
  return { status, error, facts: { ...facts, notes }, output: limits => payloadOf(parts, limits) }
}

// The SDK uses the same signal when the application leaves a loop over a stream. In that case no piece is awaited.
function isAborted({ request }: HttpCall, end: BodyEnd): boolean {
  return (
    end.how === 'broken' && request.signal?.aborted === true && (!request.streams || end.isAwaited === true)
  )
}

function statusOf(call: HttpCall, end: BodyEnd): SpanStatus {
  // The SDK has a timeout for an answer that is not streamed.
  if (end.how === 'broken') return brokenStatus(call, !call.request.streams && call.isTimedOut())
  return end.how === 'done' ? 'ok' : end.how
}

// The SDK uses one signal for two cases: the application aborted, or its timeout expired.
function brokenStatus({ request }: HttpCall, isTimedOut: boolean): SpanStatus {
  return request.signal?.aborted && !isTimedOut ? 'cancelled' : 'error'
}

/** The failure that the answer itself reports, by its status or in its body. */
function failureOf({ status, ok }: ResponseHead, { error }: Facts, isEmpty: boolean): Error | undefined {
  if (ok && isEmpty) return new Error(`The model host answered ${status} with an empty body.`)
  if (status < 400 && !(ok && error)) return undefined
  const { message = error, code, type } = fieldsOf(error)
  const text = textOf(message) ?? 'The model host answered with an error.'
  return Object.assign(new Error(status < 400 ? text : `${status} ${text}`), {
    ...(status >= 400 && { status }),
    ...(typeof code === 'string' && { code }),
    ...(typeof type === 'string' && { type }),
  })
}
