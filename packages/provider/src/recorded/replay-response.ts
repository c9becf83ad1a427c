import { RuntapeError } from '@runtape/core'
import { pendingUntilAborted, thrownAgain } from '@runtape/trace/provider'
import { runtimeResponse } from '../body/runtime-response.ts'
import type { ModelRequest } from '../transport/model-request.ts'
import { bodyText, eventTexts, type RecordedAnswer } from './recorded-answer.ts'
import { notReadOn, notReplayable, orMock, type Served, servedAnswer } from './served-answer.ts'

const encoder = new TextEncoder()

/**
 * The recorded answer to a request.
 *
 * @throws {RuntapeError} if the tape has nothing that can answer it
 */
export function recordedAnswer(served: Served, request: ModelRequest): RecordedAnswer {
  const { error, thrown } = served
  const recorded = servedAnswer<RecordedAnswer>(served)
  if (recorded.status === undefined && !error && !thrown && !request.signal) {
    throw new RuntapeError(
      'replay-miss',
      'The recorded model call was cancelled before an answer arrived, so the tape has no answer, and this call has no signal. Let this call run.',
    )
  }
  if (recorded.bytes !== undefined) {
    throw notReplayable(
      `The recorded answer of ${request.endpoint.definition.key} had ${recorded.bytes} bytes, which are not kept. ${orMock}`,
    )
  }
  const { streams } = request
  const wasAskedFor = recorded.events !== undefined || recorded.isStream === true
  if (streams !== undefined && isSuccess(recorded) && wasAskedFor !== streams) {
    const [then, now] = streams ? ['whole', 'as a stream'] : ['as a stream', 'whole']
    throw notReplayable(
      `The recorded model call was answered ${then}, but this call requests it ${now}. Keep \`stream\` unchanged, or let this call run.`,
    )
  }
  return recorded
}

/** A response like the recorded one. The SDK does not wait or retry after a failure. */
export function responseFromTape(recorded: RecordedAnswer, served: Served, request: ModelRequest): Response {
  const headers = new Headers(recorded.headers)
  if (!isSuccess(recorded)) headers.set('x-should-retry', 'false')
  const response = new (runtimeResponse())(bodyFromTape(recorded, served, request), {
    status: recorded.status ?? 200,
    statusText: recorded.statusText ?? '',
    headers,
  })
  Object.defineProperty(response, 'url', { value: request.url, configurable: true })
  return response
}

/** Makes the SDK retry at once, as it retried when this was recorded. */
export function tryAgain(error: unknown): Response {
  const message = error instanceof Error ? error.message : 'The recorded attempt failed.'
  const headers = { 'x-should-retry': 'true', 'retry-after-ms': '1' }
  return runtimeResponse().json({ error: { message } }, { status: 503, headers })
}

/**
 * A response that throws this error as soon as it is read. The SDK would treat a rejection as a broken connection: it
 * would wait, retry, and replace the error. An error status would lose the error.
 */
export function refusal(error: unknown): Response {
  const response = new (runtimeResponse())(null)
  const get = () => {
    throw error
  }
  for (const name of ['headers', 'ok', 'status']) Object.defineProperty(response, name, { get })
  return response
}

const isSuccess = ({ status = 0 }: RecordedAnswer): boolean => status >= 200 && status < 300

function bodyFromTape(
  recorded: RecordedAnswer,
  served: Served,
  request: ModelRequest,
): ReadableStream<Uint8Array> | null {
  const pieces = (recorded.events?.flatMap(eventTexts) ?? [bodyText(recorded)]).filter(text => text !== '')
  if (recorded.status === 204 || recorded.status === 304) return null
  const { signal } = request
  let next = 0
  return new ReadableStream(
    {
      // As the body of a response from `fetch`.
      type: 'bytes',
      pull: async controller => {
        const piece = pieces[next++]
        if (piece !== undefined) return controller.enqueue(encoder.encode(piece))
        // Calls of a replay end in their recorded order.
        await served.ready?.()
        if (recorded.aborted && signal) await pendingUntilAborted(served, [signal])
        const error = brokenEnd(recorded, served, signal)
        if (error !== undefined) return controller.error(error)
        controller.close()
        controller.byobRequest?.respond(0)
      },
    },
    { highWaterMark: 0 },
  )
}

function brokenEnd(
  { broken, status = 0 }: RecordedAnswer,
  served: Served,
  signal: AbortSignal | undefined,
): unknown {
  const { error, complete } = served
  if (broken && error) return thrownAgain({ error })
  if (complete || status >= 400) return undefined
  if (signal?.aborted) return signal.reason
  return notReadOn(served)
}
