import { consoleLogger, type Logger, RuntapeError, type Sink } from '@runtape/core'
import { messageOf, sinkProblem, warnSafely } from '@runtape/core/internal'
import { registerCodec, type ValueCodec } from './capture/kinds/codecs.ts'
import { type CaptureLimits, defaultLimits, limitsFor, type RedactHook } from './capture/limits.ts'
import type { CaptureOptions } from './definition.ts'
import { watchPools } from './determinism/random-pools.ts'
import { secretKeys } from './redaction/secret-names.ts'

export interface TracingOptions {
  /** Receives the spans, usually a recorder. */
  readonly sink: Sink
  /** More property names to redact, in addition to those that end in a common word for a secret; these match as a whole. */
  readonly redactKeys?: readonly string[]
  /**
   * Redacts what looks like a secret, anywhere: vendor keys, web tokens, private keys, `Bearer` and `Basic` credentials,
   * passwords in URLs. `false` redacts only by name. Default: true.
   */
  readonly redactValues?: boolean
  /** Larger inputs and outputs are omitted and marked, in bytes. Default: 4 MiB. */
  readonly maxPayloadBytes?: number
  /** Deeper values are omitted and marked lossy, in levels. Default: 500. */
  readonly maxDepth?: number
  /** Of longer lists, and of objects with more properties, only the first ones are kept. Default: 1,000,000. */
  readonly maxLength?: number
  /** Returns what to keep instead of a value, for all calls. */
  readonly redact?: RedactHook
  /** `{ input: false }` keeps no arguments of any call, `{ output: false }` no results; a function may override it. */
  readonly capture?: CaptureOptions
  /** All calls are deterministic: see `deterministic` of `traced`. */
  readonly deterministic?: boolean
  /** Codecs for application classes: registered for the process, as by `registerCodec`. */
  readonly codecs?: readonly ValueCodec[]
  readonly logger?: Logger
}

/** Where spans go, and how values are captured. */
export interface Tracing {
  readonly sink: Sink
  readonly limits: CaptureLimits
  readonly logger: Logger
  readonly deterministic?: boolean
  /** In a replay: the tracing of the live code, from which this one is derived. */
  readonly live?: Tracing
  /** For a single call: why it must not run. */
  readonly refusal?: Error
}

export function tracingOf(options: TracingOptions): Tracing {
  const { sink, logger = consoleLogger, codecs = [], deterministic } = options
  const problem = sinkProblem(sink)
  if (problem !== undefined)
    throw new RuntapeError('invalid-option', `Tracing cannot be configured: ${problem}.`)
  for (const codec of codecs) registerCodec(codec)
  if (deterministic) watchPools()
  return { sink, limits: limitsOf(options), logger, ...(deterministic && { deterministic }) }
}

function limitsOf(options: TracingOptions): CaptureLimits {
  const { redactKeys, redactValues, maxPayloadBytes, maxDepth, maxLength } = options
  const limits: CaptureLimits = {
    ...defaultLimits,
    ...(redactKeys && { isSecret: secretKeys(redactKeys) }),
    ...(redactValues !== undefined && { redactsValues: redactValues }),
    ...(maxPayloadBytes !== undefined && { maxPayloadBytes }),
    ...(maxDepth !== undefined && { maxDepth }),
    ...(maxLength !== undefined && { maxLength }),
  }
  return limitsFor(options, limits)
}

const slot = Symbol.for('runtape.tracing.1')
const globals = globalThis as { [slot]?: Tracing | undefined }

/**
 * Sets where traced functions of this process send their spans. Before that, they run untraced, which the
 * first call says once. Functions may be wrapped before or after; `undefined` turns tracing off, without a word.
 */
export function configureTracing(options: TracingOptions | undefined): void {
  globals[slot] = options && tracingOf(options)
}

/** The process default: shared by every copy of this package. */
export const defaultTracing = (): Tracing | undefined => globals[slot]

/**
 * Flushes the sink of `configureTracing`, for the end of a request in a serverless function: `after(flushTracing)` in Next.js,
 * `waitUntil(flushTracing())` on Vercel, `await flushTracing()` in AWS Lambda. Calls that are still open are not waited for.
 *
 * Never rejects: a sink that fails is warned about. Without configured tracing there is nothing to do.
 *
 * @example
 * ```ts
 * import { flushTracing, traced } from '@runtape/trace'
 *
 * const answer = traced('support.answer', async (question: string) => `You asked: ${question}`)
 * const text = await answer('Where?')
 * await flushTracing()
 * ```
 */
export async function flushTracing(): Promise<void> {
  const tracing = defaultTracing()
  try {
    await tracing?.sink.flush()
  } catch (error) {
    warnSafely(
      tracing?.logger ?? consoleLogger,
      `The recorded calls could not be flushed: ${messageOf(error)}`,
    )
  }
}

let isUntracedSaid = false

/** Says once that calls are not traced, if nobody has decided that. */
export function sayUntraced(key: string): void {
  if (isUntracedSaid || slot in globals) return
  isUntracedSaid = true
  warnSafely(
    consoleLogger,
    `The traced function "${key}" was called before tracing was configured, so it is not recorded. Call configureTracing({ sink: createRecorder({ store }) }) first, or configureTracing(undefined) to trace nothing.`,
  )
}
