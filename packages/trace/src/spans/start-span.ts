import type { Payload, Sink } from '@runtape/core'
import {
  type ActiveSpan,
  type AmbientFrame,
  currentFrame,
  isKeptOffLive,
  isOutsideWatched,
  obeyOutsideVariable,
  refusalOutside,
} from '@runtape/core/internal'
import type { LazyPayload } from '../capture/late/lazy-payload.ts'
import { limitsFor } from '../capture/limits.ts'
import type { SpanDefinition } from '../definition.ts'
import { isDropped } from '../sampling/dropping.ts'
import { defaultTracing, sayUntraced, type Tracing, tracingOf } from '../tracing.ts'
import { Span } from './span.ts'
import { startCall } from './start-call.ts'

// Only has an effect in a worker thread or child process of a replay.
obeyOutsideVariable()

const nowhere: Sink = { append: () => false, flush: async () => {}, close: async () => {} }
const unrecorded = tracingOf({ sink: nowhere })

/**
 * Opens a span under the current frame, or returns `undefined` if nothing is recorded. Providers use it; applications use
 * `traced`. `input` returns the captured arguments.
 */
export function startSpan(definition: SpanDefinition, input: CaptureInput): Span | undefined {
  return open(definition, input, undefined, true)
}

/** As `startSpan`, for a traced function; `own` is the tracing of its tracer. */
export function startTraced(
  definition: SpanDefinition,
  input: CaptureInput,
  own: Tracing | undefined,
): Span | undefined {
  const span = open(definition, input, own, definition.mockOnReplay)
  if (!span && !own) sayUntraced(definition.key)
  return span
}

type CaptureInput = (tracing: Tracing) => Payload | LazyPayload

/** @param isEffect whether the call has side effects, so it must not run by accident during a replay */
function open(
  definition: SpanDefinition,
  input: CaptureInput,
  own: Tracing | undefined,
  isEffect: boolean,
): Span | undefined {
  const outer = currentFrame()
  if (isOutsideWatched() && !outer?.replay) {
    const refusal = isEffect ? refusalOutside(definition) : undefined
    if (refusal) {
      const tracing = { ...(own ?? defaultTracing() ?? unrecorded), sink: nowhere, refusal }
      return startCall(definition, input(tracing), outer, tracing)
    }
    if (isKeptOffLive()) return undefined
  }
  // In a replay every call is decided, whatever happens to its record.
  if (outer?.span && !outer.replay && isDropped(outer.span)) return undefined
  const tracing = ofFunction(definition, tracingFor(outer, own ?? defaultTracing()))
  return tracing && startCall(definition, input(tracing), outer, tracing)
}

// A function's own options are added to the general ones.
function ofFunction(definition: SpanDefinition, tracing: Tracing | undefined): Tracing | undefined {
  if (!tracing || !(definition.redact || definition.capture)) return tracing
  return { ...tracing, limits: limitsFor(definition, tracing.limits) }
}

// In a replay spans go to the replay's sink, captured as they would be live.
function tracingFor(outer: AmbientFrame | undefined, live: Tracing | undefined): Tracing | undefined {
  const replay = outer?.replay
  if (!replay) return live
  const around = outer.span && tracingAround(outer.span)
  if (around?.live && around.live === live && around.sink === replay.sink) return around
  return live ? { ...live, sink: replay.sink, live } : tracingOf({ sink: replay.sink })
}

// The tracing of the surrounding span, if it belongs to this copy of the package and has no options of its call.
function tracingAround(span: ActiveSpan): Tracing | undefined {
  if (!(span instanceof Span)) return undefined
  const { tracing } = span
  return tracing.limits === tracing.live?.limits ? tracing : undefined
}
