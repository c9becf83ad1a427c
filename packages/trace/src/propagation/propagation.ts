import { consoleLogger } from '@runtape/core'
import { currentFrame, runInFrame, spanFrame, warnSafely } from '@runtape/core/internal'
import { isDropped } from '../sampling/dropping.ts'
import { defaultTracing } from '../tracing.ts'
import { isElsewhere, RemoteParent } from './remote-parent.ts'
import { formatTraceparent, formatTracestate, parseTraceparent, parseTracestate } from './traceparent.ts'

/** Carries a trace to another process: spread it into headers, an environment, or a message. */
export interface TraceHeaders {
  /** W3C Trace Context: `00-<trace id>-<span id>-01`. */
  readonly traceparent: string
  /** Indicates that the parent is on a Runtape tape, and the position of the calls among its children. */
  readonly tracestate: string
}

/** Source of headers; names are case-insensitive. A `Headers`, a `Map`, or an object such as `process.env`. */
export type HeaderSource =
  | { get(name: string): unknown }
  | Readonly<Record<string, string | readonly string[] | undefined>>

export interface ExtractOptions {
  /**
   * Set to true if the caller's tape is in another store. The calls inside are then roots of the same trace id, so that the lists
   * of this store contain them, and name the caller's span in `metadata.remoteParentSpanId`.
   */
  readonly asRoot?: boolean
}

/**
 * The headers with which another process continues the active trace; `{}` if there is none, and in a replay, because other
 * processes are not part of it.
 *
 * @example
 * ```ts
 * import { spawn } from 'node:child_process'
 * import { injectTrace } from '@runtape/trace'
 *
 * await fetch('http://localhost:3000/rank', { headers: { ...injectTrace() } })
 * spawn('node', ['rank.js'], { env: { ...process.env, ...injectTrace() } })
 * ```
 */
export function injectTrace(): Partial<TraceHeaders> {
  const { span, replay } = currentFrame() ?? {}
  if (!span || replay) return {}
  const { traceId, spanId } = span
  const traceparent = formatTraceparent({ traceId, spanId, isRecorded: !isDropped(span) })
  // From another system: passed on unchanged.
  if (isElsewhere(span)) return { traceparent }
  return { traceparent, tracestate: formatTracestate({ spanId, seq: span.nextSeq() }) }
}

/**
 * Runs `fn` so that its traced calls belong to the trace in the headers. If both headers arrived, they are children of the span
 * that called `injectTrace()`. Otherwise they are roots of that trace id, because a `traceparent` alone may come from a system
 * that is not on the tape. Invalid headers are ignored with a warning.
 *
 * @example
 * ```ts
 * import { createServer } from 'node:http'
 * import { extractTrace, traced } from '@runtape/trace'
 *
 * const rank = traced('rank', async (url: string | undefined) => [url])
 * createServer((request, response) =>
 *   extractTrace(request.headers, async () => response.end(JSON.stringify(await rank(request.url)))),
 * )
 * ```
 */
export function extractTrace<T>(
  headers: HeaderSource,
  fn: () => T,
  { asRoot = false }: ExtractOptions = {},
): T {
  const outer = currentFrame()
  const header = headerOf(headers, 'traceparent')
  if (header === undefined || outer?.replay) return fn()
  const place = parseTraceparent(header)
  if (!place) {
    sayInvalid(header)
    return fn()
  }
  const state = headerOf(headers, 'tracestate')
  const onTape = state === undefined ? undefined : parseTracestate(state)
  return runInFrame(spanFrame(outer, new RemoteParent(place, onTape, asRoot)), fn)
}

function headerOf(headers: HeaderSource, name: string): string | undefined {
  const value = typeof headers?.get === 'function' ? headers.get(name) : fieldOf(headers, name)
  const text = Array.isArray(value) ? value.join() : value
  return typeof text === 'string' && text !== '' ? text : undefined
}

function fieldOf(fields: object, name: string): unknown {
  for (const [field, value] of Object.entries(fields ?? {})) if (field.toLowerCase() === name) return value
  return undefined
}

function sayInvalid(header: string): void {
  const shown = JSON.stringify(header.slice(0, 80))
  warnSafely(
    defaultTracing()?.logger ?? consoleLogger,
    `extractTrace ignores the traceparent ${shown}, which is not valid: the calls start a new trace. Pass on what injectTrace() returns.`,
  )
}
