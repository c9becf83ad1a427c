import { stepWatcher } from '../ambient/observe-promise.ts'
import { cover } from './cover.ts'
import { Relay, readRelayed } from './relay.ts'
import { Ending, type IterationObserver } from './tap-iteration.ts'

/** True for a `ReadableStream`, including those of another realm or a polyfill. */
export function isWebStream(value: unknown): value is ReadableStream {
  if (typeof value !== 'object' || value === null) return false
  try {
    const { getReader, tee } = value as Partial<ReadableStream>
    return typeof getReader === 'function' && typeof tee === 'function'
  } catch {
    return false
  }
}

const readsPastReaders = Number.parseInt(process.versions.node, 10) >= 25

/**
 * From Node 26 on, `Readable.fromWeb` and similar functions take a reader and bypass its `read`, so they get the reader of a
 * relay, which reads normally.
 */
function isCalledByAdapter(): boolean {
  if (!readsPastReaders) return false
  const { getCallSites } = process.getBuiltinModule('node:util')
  return getCallSites(3).some(({ scriptName }) => scriptName === 'node:internal/webstreams/adapters')
}

type Methods = Partial<Record<string, (...args: unknown[]) => unknown>>

interface Step {
  readonly done?: boolean
  readonly value?: unknown
}

/**
 * Reports the chunks of a stream and its end, whether it is read by its iterator, a reader, `pipeTo`, `pipeThrough` or `tee`. Not
 * observed: reading that bypasses these methods, such as a transfer to a worker. `ending` is as in `tapIteration`.
 */
export function tapWebStream<T extends ReadableStream>(
  stream: T,
  capture: IterationObserver,
  ending: Pick<IterationObserver, 'end'> = capture,
): T {
  const tap = new WebTap(capture, ending)
  tap.readers(stream)
  tap.iterators(stream, 'values')
  tap.iterators(stream, Symbol.asyncIterator)
  tap.cancelled(stream, 'cancel')
  readRelayed(stream)
  tap.ending.expect(stream)
  return stream
}

/** Wraps the iterators and readers of a stream. None of them holds a reference to the stream. */
class WebTap {
  readonly ending: Ending
  readonly #capture: IterationObserver

  constructor(capture: IterationObserver, ending: Pick<IterationObserver, 'end'>) {
    this.#capture = capture
    this.ending = new Ending(ending)
  }

  readers(stream: ReadableStream): void {
    const { getReader } = stream
    const tap = this
    cover(stream, 'getReader', function (this: ReadableStream, options?: { mode: 'byob' }) {
      if (!options && !this.locked && isCalledByAdapter()) return new Relay(this).stream.getReader()
      const reader = options ? getReader.call(this, options) : getReader.call(this)
      tap.#steps(reader, 'read')
      tap.cancelled(reader, 'cancel')
      tap.#failed(reader)
      return reader
    })
  }

  iterators(stream: ReadableStream, name: 'values' | typeof Symbol.asyncIterator): void {
    const iterate = stream[name]
    if (typeof iterate !== 'function') return
    const tap = this
    cover(stream, name, function (this: ReadableStream, options?: { preventCancel?: boolean }) {
      const steps = iterate.call(this, options)
      tap.#steps(steps, 'next')
      // A consumer that may read on has not ended it.
      if (options?.preventCancel !== true) tap.cancelled(steps, 'return')
      return steps
    })
  }

  cancelled(owner: object, name: 'cancel' | 'return'): void {
    const stop = (owner as Methods)[name]
    if (typeof stop !== 'function') return
    const { ending } = this
    cover(owner, name, function (this: unknown, what?: unknown) {
      // A locked stream refuses `cancel`.
      const refuses = (this as Partial<ReadableStream>).locked === true
      const result = stop.call(this, what)
      if (!refuses) ending.end({ status: 'cancelled' })
      return result
    })
  }

  /** Detects a failure while no read waits: only `closed` may report it. */
  #failed(reader: ReadableStreamDefaultReader | ReadableStreamBYOBReader): void {
    const { closed, releaseLock } = reader
    const { ending } = this
    let isReleased = false
    closed?.then(undefined, error => {
      // Releasing a reader also rejects it.
      if (!isReleased) ending.end({ status: 'error', error })
    })
    cover(reader, 'releaseLock', function (this: typeof reader) {
      isReleased = true
      releaseLock.call(this)
    })
  }

  #steps(owner: object, name: 'read' | 'next'): void {
    const step = (owner as Methods)[name] as (...args: unknown[]) => Promise<Step>
    const capture = this.#capture
    const { ending } = this
    const onStep = ({ done, value }: Step) => {
      if (done) ending.end({ status: 'ok', returned: undefined })
      else if (!ending.isOver) capture.chunk(value)
    }
    const fail = (error: unknown) => ending.end({ status: 'error', error })
    const watch = stepWatcher(onStep as (step: unknown) => void, fail)
    cover(owner, name, function (this: unknown, ...args: unknown[]) {
      const run = () => step.apply(this, args)
      return watch(() => capture.step(run))
    })
  }
}
