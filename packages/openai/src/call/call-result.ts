import type { SpanStatus } from '@runtape/core'
import type { Answer, BodyReader } from '../body/body-reader.ts'
import type { BodyEnd } from '../body/body-tap.ts'
import { headersToKeep } from '../recorded/recorded-answer.ts'
import type { CallResult, ModelCall } from './model-call.ts'

/** What is known of a response besides its body: the response itself must not be held on to. */
export type ResponseHead = Pick<Response, 'status' | 'ok' | 'headers'>

export const headOf = ({ status, ok, headers }: Response): ResponseHead => ({ status, ok, headers })

/** What a call comes to whose response was read, as far as it was. */
export function resultOf(call: ModelCall, head: ResponseHead, reader: BodyReader, end: BodyEnd): CallResult {
  const answer = reader.answer()
  const isBroken = end.how === 'broken' && !reader.isComplete
  const recorded = {
    status: head.status,
    headers: headersToKeep(head.headers),
    ...(isBroken && { broken: true as const }),
    ...(isBroken && isAborted(call, end) && { aborted: true as const }),
  }
  const error = failureOf(head, answer)
  if (error) return { status: 'error', recorded, answer, error }
  const status = reader.isComplete ? 'ok' : statusOf(call, end)
  return { status, recorded, answer, ...(status === 'error' && end.how === 'broken' && { error: end.error }) }
}

/** What a call comes to that got no answer at all. */
export function resultWithout(call: ModelCall, error: unknown): CallResult {
  const status = brokenStatus(call, call.isTimedOut())
  const aborted = status === 'cancelled' && { aborted: true as const }
  return { status, recorded: { attempts: call.attempts, ...aborted }, error }
}

// The SDK aborts by the same signal when a loop over a stream is left: then nobody waits for its next piece.
function isAborted({ request }: ModelCall, end: BodyEnd): boolean {
  return (
    end.how === 'broken' && request.signal?.aborted === true && (!request.streams || end.isAwaited === true)
  )
}

function statusOf(call: ModelCall, end: BodyEnd): SpanStatus {
  // The SDK gives an answer that is not streamed a time to come in.
  if (end.how === 'broken') return brokenStatus(call, !call.request.streams && call.isTimedOut())
  return end.how === 'done' ? 'ok' : end.how
}

// The SDK aborts in two cases, and says which one to nobody: it was told to, or it waited long enough.
function brokenStatus({ request }: ModelCall, isTimedOut: boolean): SpanStatus {
  return request.signal?.aborted && !isTimedOut ? 'cancelled' : 'error'
}

/** The failure that the answer itself tells of: by its status, or in its body. */
function failureOf({ status, ok }: ResponseHead, { error }: Answer): Error | undefined {
  if (status < 400 && !(ok && error)) return undefined
  const {
    message = error,
    code,
    type,
  } = (error ?? {}) as { message?: unknown; code?: unknown; type?: unknown }
  const text = typeof message === 'string' ? message : 'The model host answered with an error.'
  return Object.assign(new Error(status < 400 ? text : `${status} ${text}`), {
    ...(status >= 400 && { status }),
    ...(typeof code === 'string' && { code }),
    ...(typeof type === 'string' && { type }),
  })
}
