import { HttpError } from '../../http-error.ts'
import { isObject } from '../is-object.ts'

type Fields = Readonly<Record<string, unknown>>

/** A span as a client of Bitfab sends it, checked. */
export interface SentSpan {
  readonly id: string
  readonly traceId: string
  readonly parentId: string | undefined
  readonly key: string
  readonly startedAt: number
  readonly durationMs: number
  /** Whether its times are finer than a millisecond. */
  readonly isFine: boolean
  readonly data: Fields
  readonly testRunId: string | undefined
  readonly inputSourceSpanId: string | undefined
  readonly inputSourceTraceId: string | undefined
  /** Steps that failed in the client, and what it says of itself. */
  readonly about: Fields
}

/** @throws {HttpError} 400 that names the field that is missing or wrong */
export function readSpan(body: unknown): SentSpan {
  const sent = requireObject(body, 'The body')
  const raw = requireObject(sent.rawSpan, 'rawSpan')
  const data = requireObject(raw.span_data, 'rawSpan.span_data')
  const traceId = requireText(raw.trace_id ?? sent.sourceTraceId, 'rawSpan.trace_id')
  if (sent.sourceTraceId !== undefined && sent.sourceTraceId !== traceId)
    throw refused('sourceTraceId and rawSpan.trace_id differ')
  const [startedAt, endedAt] = [timeOf(raw.started_at, 'started_at'), timeOf(raw.ended_at, 'ended_at')]
  if (endedAt < startedAt) throw refused('rawSpan ends before it starts')
  return {
    ...{ id: requireText(raw.id, 'rawSpan.id'), traceId, startedAt, durationMs: endedAt - startedAt, data },
    isFine: !Number.isInteger(startedAt),
    parentId: optionalText(raw.parent_id, 'rawSpan.parent_id'),
    // Tracing of another maker's agents has no function: its spans have only names.
    key: requireText(sent.traceFunctionKey ?? data.name, 'traceFunctionKey'),
    testRunId: optionalText(sent.testRunId, 'testRunId'),
    inputSourceSpanId: optionalText(raw.input_source_span_id, 'rawSpan.input_source_span_id'),
    inputSourceTraceId: optionalText(raw.input_source_trace_id, 'rawSpan.input_source_trace_id'),
    about: { type: sent.type, client: sent.source, sdkVersion: sent.sdkVersion, errors: sent.errors },
  }
}

export function requireObject(value: unknown, what: string): Fields {
  if (isObject(value)) return value
  throw refused(`${what} must be an object`)
}

/** Ids and keys are short. */
const longestText = 1000

export function requireText(value: unknown, what: string): string {
  if (typeof value === 'string' && value !== '' && value.length <= longestText) return value
  throw refused(`${what} must be a text of 1 to ${longestText} characters`)
}

export const optionalText = (value: unknown, what: string): string | undefined =>
  value === undefined || value === null ? undefined : requireText(value, what)

export const refused = (problem: string): HttpError =>
  new HttpError(400, 'invalid-option', `${problem}. Send what a Bitfab client sends.`)

/** `Date.parse` drops digits after the third. */
function timeOf(value: unknown, what: string): number {
  const ms = typeof value === 'string' ? Date.parse(value) : Number.NaN
  if (!Number.isFinite(ms)) throw refused(`rawSpan.${what} must be a time of ISO 8601`)
  const [, finer = ''] = /\.\d{3}(\d{1,3})/.exec(value as string) ?? []
  return finer === '' || Number(finer) === 0 ? ms : ms + Number(finer.padEnd(3, '0')) / 1000
}
