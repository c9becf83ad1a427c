import { isIteration, messageOf } from '@runtape/core/internal'
import type { ReplayItem } from '../../report.ts'

export type Outcome = Pick<ReplayItem, 'result' | 'error' | 'thrown'>

/** Runs a call to its end. At most `chunks` of a stream are read, because its code runs while it is read. */
export async function runToEnd(call: () => unknown, chunks: () => number): Promise<Outcome> {
  try {
    const value = await call()
    return { result: isIteration(value) ? await read(value, chunks()) : value, error: null }
  } catch (thrown) {
    return { result: undefined, error: messageOf(thrown), thrown }
  }
}

async function read(stream: AsyncIterable<unknown> | Generator, most: number): Promise<unknown> {
  const steps = 'next' in stream ? stream : stream[Symbol.asyncIterator]()
  const chunks: unknown[] = []
  while (chunks.length < most) {
    const step = await steps.next()
    if (step.done) return { chunks, returned: step.value }
    chunks.push(step.value)
  }
  await steps.return?.(undefined)
  return { chunks, returned: undefined }
}
