import type { Readable } from 'node:stream'
import { cover } from './cover.ts'
import { Ending, type IterationObserver } from './tap-iteration.ts'

/** Watches a stream of Node, whose consumers may be called by the code that makes its chunks. */
export interface NodeStreamObserver extends IterationObserver {
  /** Runs the code of a consumer. */
  outside<T>(run: () => T): T
}

/** True for a `Readable`, also one of the `readable-stream` package. */
export function isNodeStream(value: object): value is Readable {
  const stream = value as Partial<Record<'_readableState' | 'pipe' | 'emit', unknown>>
  // One by one: of an answer from the tape, a member that is not there fails when it is read.
  return (
    typeof stream._readableState === 'object' &&
    typeof stream.pipe === 'function' &&
    typeof stream.emit === 'function'
  )
}

/**
 * Reports the chunks that a stream gives to whoever reads it, and its one end. However it is read (by events, `pipe`,
 * `read()` or its iterator), each chunk that leaves it is announced by its `data` event, so that is what is watched.
 * `toTell` is the `ending` of `tapIteration`.
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
    // Who listens is not part of the call, also when the code that makes the chunks has called.
    return capture.outside(() => emit.call(this, event, ...args))
  })
  cover(stream, '_read', function (this: Readable, size: number): void {
    capture.step(() => read.call(this, size))
  })
  for (const name of [Symbol.asyncIterator, 'iterator'] as const) tapStop(stream, name, ending)
  ending.expect(stream)
  return stream
}

/** Notices who stops early: the stream itself makes an error of that. */
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
