import type { Payload } from '@runtape/core'
import { type ActiveReplay, currentFrame } from '@runtape/core/internal'
import type { LazyPayload } from './capture/lazy-payload.ts'
import { limitsFor } from './capture/limits.ts'
import type { SpanDefinition } from './definition.ts'
import { isDropped } from './dropping.ts'
import { Span } from './span.ts'
import { defaultTracing, type Tracing, tracingOf } from './tracing.ts'

/**
 * Opens a span under whatever surrounds the running code, or gives `undefined` where nothing is recorded. Providers
 * use it; applications use `traced`. `input` makes the captured arguments.
 */
export function startSpan(
  definition: SpanDefinition,
  input: (tracing: Tracing) => Payload | LazyPayload,
  own?: Tracing,
): Span | undefined {
  const outer = currentFrame()
  // In a replay every call is decided, whatever becomes of its record.
  if (outer?.span && !outer.replay && isDropped(outer.span)) return undefined
  const tracing = ofFunction(definition, tracingFor(outer?.replay, own ?? defaultTracing()))
  return tracing && new Span(definition, input(tracing), outer, tracing)
}

// What a function says about its own calls is added to what holds for all.
function ofFunction(definition: SpanDefinition, tracing: Tracing | undefined): Tracing | undefined {
  if (!tracing || !(definition.redact || definition.capture)) return tracing
  return { ...tracing, limits: limitsFor(definition, tracing.limits) }
}

// In a replay spans go to the replay's sink, captured as they would be live.
function tracingFor(replay: ActiveReplay | undefined, tracing: Tracing | undefined): Tracing | undefined {
  if (!replay) return tracing
  return tracing ? { ...tracing, sink: replay.sink } : tracingOf({ sink: replay.sink })
}
