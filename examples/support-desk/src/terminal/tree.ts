import type { SpanRecord } from '@runtape/core'
import type { Trace } from '@runtape/core/store'
import { dim } from './style.ts'

/** A trace as a tree: a line per call, children under their parents. */
export function tree({ root, spans }: Trace): string {
  const childrenOf = Map.groupBy(spans, span => span.parentSpanId)
  const lines = (span: SpanRecord, depth: number): string[] => [
    `  ${'  '.repeat(depth)}${span.name}  ${dim(describe(span))}`,
    ...(childrenOf.get(span.spanId) ?? []).flatMap(child => lines(child, depth + 1)),
  ]
  return lines(root, 0).join('\n')
}

function describe({ durationMs, model, usage, status }: SpanRecord): string {
  const tokens = usage && `${usage.input} + ${usage.output} tokens`
  const ended = status === 'ok' ? undefined : status
  return [`${Math.round(durationMs)} ms`, model, tokens, ended].filter(Boolean).join(', ')
}
