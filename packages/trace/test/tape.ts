import type { Logger, Payload, SpanRecord } from '@runtape/core'
import { createTracer, type Tracer } from '../src/calls/traced.ts'
import { decodeValue } from '../src/capture/decode.ts'
import type { TracingOptions } from '../src/tracing.ts'

export interface Tape extends Tracer {
  readonly spans: SpanRecord[]
  /** The only span; throws if there are several or none. */
  only(): SpanRecord
  /** The only span with this key. */
  of(key: string): SpanRecord
}

/** A tracer that collects its spans. */
export function tape(options: Partial<TracingOptions> = {}): Tape {
  const spans: SpanRecord[] = []
  const sink = {
    append: (record: unknown) => void spans.push(record as SpanRecord),
    flush: async () => {},
    close: async () => {},
  }
  const tracer = createTracer({ sink, ...options })
  const only = () => {
    if (spans.length !== 1) throw new Error(`${spans.length} spans: ${spans.map(span => span.key).join()}`)
    return spans[0] as SpanRecord
  }
  const of = (key: string) => {
    const [span, ...more] = spans.filter(candidate => candidate.key === key)
    if (!span || more.length > 0) throw new Error(`${span ? 'several' : 'no'} spans of ${key}`)
    return span
  }
  return { ...tracer, spans, only, of }
}

export const inputOf = (span: SpanRecord): unknown => decodeValue(span.input)

export const outputOf = (span: SpanRecord): unknown => decodeValue(span.output as Payload)

export const silent: Logger = { warn: () => {} }
