import { notReadOn, type Served } from '@runtape/provider'
import { pendingUntilAborted, thrownAgain } from '@runtape/trace/provider'
import type { SdkCall } from './attempts.ts'
import type { RecordedAnswer } from './recorded-answer.ts'
import { signalIn } from './sdk-call.ts'

/** A call answered from the tape. */
export interface Taped {
  readonly call: SdkCall
  readonly params: object
  readonly served: Served
  readonly recorded: RecordedAnswer
}

/** A result of `doStream` with the recorded parts, one by one. */
export function streamFromTape(taped: Taped): object {
  const { chunks = [], returned = {} } = taped.recorded
  const { closed: _closed, aborted: _aborted, content: _content, ...head } = returned
  const left = chunks.values()
  const pull = async (controller: ReadableStreamDefaultController) => {
    const { done, value } = left.next()
    if (done) {
      await endAgain(taped)
      return controller.close()
    }
    await taped.served.ready?.(true)
    controller.enqueue(value)
  }
  return { ...head, stream: new ReadableStream({ pull }, { highWaterMark: 0 }) }
}

/** Ends as the recorded stream did, or fails. */
async function endAgain(taped: Taped): Promise<void> {
  const { served, recorded } = taped
  const { closed, aborted } = recorded.returned ?? {}
  if (aborted || served.isUnfinished) throw await untilAborted(taped)
  await served.ready?.()
  if (closed) return
  if (served.error || served.thrown) throw thrownAgain(served)
  if (!served.complete) throw notReadOn(served)
}

/** The reason with which the application aborts the call again; pending until then. */
export function untilAborted({ call, params, served }: Taped): Promise<unknown> {
  const signal = signalIn(params)
  return pendingUntilAborted(served, signal ? [signal] : [], () => call.span?.endUnfinished())
}
