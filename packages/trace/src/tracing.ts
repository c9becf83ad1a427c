import { consoleLogger, type Logger, RuntapeError, type Sink } from '@runtape/core'
import { registerCodec, type ValueCodec } from './capture/kinds/codecs.ts'
import { type CaptureLimits, defaultLimits, limitsFor, type RedactHook } from './capture/limits.ts'
import type { CaptureOptions } from './definition.ts'
import { watchPools } from './determinism/random-pools.ts'
import { secretKeys } from './redaction/secret-names.ts'

export interface TracingOptions {
  /** Takes the spans, usually a recorder. */
  readonly sink: Sink
  /** More property names to redact, besides those that end in a usual word for a secret; these match as a whole. */
  readonly redactKeys?: readonly string[]
  /**
   * Redacts what looks like a secret wherever it stands: keys of vendors, web tokens, private keys, `Bearer` and `Basic`
   * credentials, passwords in URLs. `false` leaves it to names. Default: true.
   */
  readonly redactValues?: boolean
  /** Larger inputs and outputs are left out and marked, in bytes. Default: 4 MiB. */
  readonly maxPayloadBytes?: number
  /** Deeper values are left out and marked lossy, in levels. Default: 500. */
  readonly maxDepth?: number
  /** Of longer lists, and of objects with more properties, only the first ones are kept. Default: 1,000,000. */
  readonly maxLength?: number
  /** Says what is kept in the place of a value, of all calls. */
  readonly redact?: RedactHook
  /** `{ input: false }` keeps no arguments of any call, `{ output: false }` no results; a function may say otherwise. */
  readonly capture?: CaptureOptions
  /** All calls are deterministic: see `deterministic` of `traced`. */
  readonly deterministic?: boolean
  /** Codecs for classes of the application's own: registered for the process, as by `registerCodec`. */
  readonly codecs?: readonly ValueCodec[]
  readonly logger?: Logger
}

/** Where spans go, and how values are captured. */
export interface Tracing {
  readonly sink: Sink
  readonly limits: CaptureLimits
  readonly logger: Logger
  readonly deterministic?: boolean
  /** In a replay: that of the live code, which this one is made of. */
  readonly live?: Tracing
  /** Of a single call: why it must not run. */
  readonly refusal?: Error
}

export function tracingOf(options: TracingOptions): Tracing {
  const { sink, logger = consoleLogger, codecs = [], deterministic } = options
  if (typeof sink?.append !== 'function') {
    throw new RuntapeError(
      'invalid-option',
      'Tracing needs a sink with an append method (got none). Pass { sink: createRecorder({ store }) }.',
    )
  }
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
 * Sets where traced functions of this process send their spans. Until it is called they just run. Functions may be
 * traced before or after; `undefined` switches tracing off again.
 */
export function configureTracing(options: TracingOptions | undefined): void {
  globals[slot] = options && tracingOf(options)
}

/** The process default: shared by every copy of this package. */
export const defaultTracing = (): Tracing | undefined => globals[slot]
