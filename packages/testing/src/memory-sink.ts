import type { RunEvent, Sink, SpanRecord, TapeRecord } from '@runtape/core'

/** A sink that keeps its records in order of arrival. */
export interface MemorySink extends Sink {
  readonly records: readonly TapeRecord[]
  readonly spans: readonly SpanRecord[]
  readonly events: readonly RunEvent[]
  /** The spans of model calls. */
  readonly calls: readonly SpanRecord[]
  /** The only model call; throws if there is none, or several. */
  readonly call: SpanRecord
  clear(): void
}

/**
 * A sink for tests that keeps its records.
 *
 * @example
 * ```ts
 * import { memorySink, span } from '@runtape/testing'
 *
 * const tape = memorySink()
 * tape.append(span({ type: 'model', model: 'gpt-test' }))
 * console.log(tape.call.model)
 * ```
 */
export function memorySink(): MemorySink {
  const records: TapeRecord[] = []
  let isClosed = false
  return {
    records,
    append: record => !isClosed && isRecord(record) && records.push(record) > 0,
    flush: async () => {},
    close: async () => {
      isClosed = true
    },
    get spans() {
      return records.filter(record => record.kind === 'span')
    },
    get events() {
      return records.filter(record => record.kind === 'run-event')
    },
    get calls() {
      return this.spans.filter(span => span.type === 'model')
    },
    get call() {
      const [call, ...more] = this.calls
      if (!call || more.length > 0) throw new Error(`There are ${this.calls.length} model calls, not one.`)
      return call
    },
    clear: () => {
      records.length = 0
    },
  }
}

function isRecord(record: unknown): boolean {
  try {
    return ['span', 'run-event'].includes((record as TapeRecord).kind)
  } catch {
    return false
  }
}
