import { notReplayable, orMock } from '@runtape/provider'
import { missing, pendingUntilAborted, thrownAgain } from '@runtape/trace/provider'
import { miss, type TapedAnswer } from './from-tape.ts'
import { signalIn } from './live.ts'
import type { SdkCall } from './sdk-call.ts'

/** A result of `doStream` that gives the recorded parts, one by one. */
export function streamFromTape(call: SdkCall, answer: TapedAnswer, params: object): object {
  const { served, recorded } = answer
  const { chunks, returned = {} } = recorded
  if (!Array.isArray(chunks))
    throw miss(call, served, notReplayable(`The recorded answer of the model is not a stream. ${orMock}`))
  const { closed: _closed, aborted: _aborted, content: _content, ...head } = returned
  const left = chunks.values()
  const pull = async (controller: ReadableStreamDefaultController) => {
    const { done, value } = left.next()
    if (!done) await served.ready?.(true)
    if (!done) return controller.enqueue(value)
    await endAgain(call, answer, params)
    controller.close()
  }
  return { ...head, stream: new ReadableStream({ pull }, { highWaterMark: 0 }) }
}

/** Ends as the recorded stream did, or fails. */
async function endAgain(call: SdkCall, { served, recorded }: TapedAnswer, params: object): Promise<void> {
  const { closed, aborted } = recorded.returned ?? {}
  if (aborted || served.isUnfinished) {
    const signal = signalIn(params)
    throw await pendingUntilAborted(served, signal ? [signal] : [], () => call.span?.endUnfinished())
  }
  await served.ready?.()
  if (closed) return
  if (served.error || served.thrown) throw thrownAgain(served)
  throw missing(
    served,
    'the recorded answer of the model was not read to its end, so what comes next is not on the tape',
  )
}
