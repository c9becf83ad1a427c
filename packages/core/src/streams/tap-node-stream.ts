import type { Readable } from 'node:stream'
import { cover } from './cover.ts'
import { Ending, type IterationObserver } from './tap-iteration.ts'

/** Observes a Node stream, whose consumers may be called by the code that produces its chunks. */
export interface NodeStreamObserver extends IterationObserver {
  /** Runs the consumer's code. */
  outside<T>(run: () => T): T
}

/** True for a `Readable`, including those of the `readable-stream` package. */
export function isNodeStream(value: object): value is Readable {
  const stream = value as Partial<Record<'_readableState' | 'pipe' | 'emit', unknown>>
  // Checked one by one: on an answer from the tape, reading a missing member throws.
  return (
    typeof stream._readableState === 'object' &&
    typeof stream.pipe === 'function' &&
    typeof stream.emit === 'function'
  )
}

/**
 * Reports the chunks of a stream and its end. However it is read (by events, `pipe`, `read()` or its iterator), it announces each
 * chunk with a `data` event, which is observed. For `toTell` see `ending` of `tapIteration`.
 */
export function tapNodeStream<T extends Readable>(
  stream: T,
  capture: NodeStreamObserver,
  toTell: Pick<IterationObserver, 'end'> = capture,
): T {
  const ending = new Ending(toTell)
  if (hasEnded(stream, ending)) return stream
  const { emit, _read: read } = stream as Readable
  cover(stream, 'emit', function (this: Readable, event: string | symbol, ...args: unknown[]): boolean {
    if (!ending.isOver) notice(event, args[0], capture, ending)
    // Listeners are not part of the call, even if the producing code calls them.
    return capture.outside(() => emit.call(this, event, ...args))
  })
  cover(stream, '_read', function (this: Readable, size: number): void {
    capture.step(() => read.call(this, size))
  })
  for (const name of [Symbol.asyncIterator, 'iterator'] as const) tapStop(stream, name, ending)
  ending.expect(stream)
  return stream
}

/** Detects an early stop: the stream itself treats it as an error. */
function tapStop(stream: Readable, name: typeof Symbol.asyncIterator | 'iterator', ending: Ending): void {
  const iterate = stream[name]
  if (typeof iterate !== 'function') return
  cover(stream, name, function (this: Readable, options?: { destroyOnReturn?: boolean }) {
    const steps = iterate.call(this, options)
    const stop = steps.return
    if (!stop || options?.destroyOnReturn === false) return steps
    cover(steps, 'return', value => {
      ending.end({ status: 'cancelled' })
      return stop.call(steps, value)
    })
    return steps
  })
}

function hasEnded(stream: Readable, ending: Ending): boolean {
  if (stream.errored) ending.end({ status: 'error', error: stream.errored })
  else if (stream.readableEnded) ending.end({ status: 'ok', returned: undefined })
  else if (stream.destroyed) ending.end({ status: 'cancelled' })
  return ending.isOver
}

function notice(event: string | symbol, what: unknown, capture: NodeStreamObserver, ending: Ending): void {
  if (event === 'data') capture.chunk(what)
  else if (event === 'end') ending.end({ status: 'ok', returned: undefined })
  else if (event === 'error') ending.end({ status: 'error', error: what })
  else if (event === 'close') ending.end({ status: 'cancelled' })
}
