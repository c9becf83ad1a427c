import type { Payload, RunEvent, SpanRecord } from '@runtape/core'
import { newRunId, newSpanId, newTraceId } from '@runtape/core/internal'

/** Noon of 2026-01-01 (UTC): the default time of `runEvent` and `span`. */
export const testTime: number = Date.UTC(2026, 0, 1, 12)

/** Fields to set; a field set to `undefined` is omitted. */
type Fields<T> = { readonly [K in keyof T]?: T[K] | undefined }

/**
 * A run event with every field. Default: the duration of a new run; `fields` overrides it.
 *
 * @example
 * ```ts
 * import { memoryStore, runEvent } from '@runtape/testing'
 *
 * await memoryStore().append([runEvent({ metric: 'feedback', value: { kind: 'negative' } })])
 * ```
 */
export function runEvent(fields: Fields<RunEvent> = {}): RunEvent {
  return overlay<RunEvent>(
    {
      kind: 'run-event',
      runId: newRunId(),
      metric: 'duration',
      value: 1200,
      at: testTime,
      configKey: 'support-answer',
      variationKey: 'control',
      version: 1,
      modelName: 'test-model',
      providerName: 'test-provider',
      context: { kind: 'user', key: 'user-1' },
    },
    fields,
  )
}

/** A span with every required field. Default: the root of a new trace; `fields` overrides it. */
export function span(fields: Fields<SpanRecord> = {}): SpanRecord {
  return overlay<SpanRecord>(
    {
      kind: 'span',
      traceId: newTraceId(),
      spanId: newSpanId(),
      seq: 0,
      key: 'support.answer',
      name: fields.key ?? 'support.answer',
      type: 'function',
      startedAt: testTime,
      durationMs: 5,
      input: payload([{ ticket: 1 }]),
      output: payload('answered'),
      resultKind: 'promise',
      status: 'ok',
    },
    fields,
  )
}

/** A payload of a JSON value. */
export const payload = (value: unknown): Payload => ({ json: JSON.stringify(value) })

function overlay<T extends object>(defaults: T, fields: Fields<T>): T {
  const entries = Object.entries({ ...defaults, ...fields }).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as T
}
