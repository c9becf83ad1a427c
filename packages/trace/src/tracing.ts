import { consoleLogger, type Logger, RuntapeError, type Sink } from '@runtape/core'
import { type CaptureLimits, defaultLimits } from './capture/limits.ts'
import { secretKeys } from './capture/redaction.ts'

export interface TracingOptions {
  /** Takes the spans, usually a recorder. */
  readonly sink: Sink
  /** More property names to redact, besides the usual ones. */
  readonly redactKeys?: readonly string[]
  /** Larger inputs and outputs are left out and marked, in bytes; 4 MiB when left out. */
  readonly maxPayloadBytes?: number
  readonly logger?: Logger
}

/** Where spans go, and how values are captured. */
export interface Tracing {
  readonly sink: Sink
  readonly limits: CaptureLimits
  readonly logger: Logger
}

export function tracingOf({ sink, redactKeys, maxPayloadBytes, logger }: TracingOptions): Tracing {
  if (typeof sink?.append !== 'function') {
    throw new RuntapeError(
      'invalid-option',
      'Tracing needs a sink with an append method (got none). Pass { sink: createRecorder({ store }) }.',
    )
  }
  const limits: CaptureLimits = {
    ...defaultLimits,
    ...(redactKeys && { isSecret: secretKeys(redactKeys) }),
    ...(maxPayloadBytes !== undefined && { maxPayloadBytes }),
  }
  return { sink, limits, logger: logger ?? consoleLogger }
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
