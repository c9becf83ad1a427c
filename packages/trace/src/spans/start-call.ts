import type { Payload } from '@runtape/core'
import type { ActiveReplay, AmbientFrame, ClockAndRandom, ReplayDecision } from '@runtape/core/internal'
import type { LazyPayload } from '../capture/late/lazy-payload.ts'
import type { SpanDefinition } from '../definition.ts'
import { liveWorld, replayedWorld } from '../determinism/call-entropy.ts'
import { holdPatches } from '../determinism/patch-globals.ts'
import type { Tracing } from '../tracing.ts'
import { Span } from './span.ts'
import { rememberOpen } from './unfinished-spans.ts'

/**
 * Starts a call: opens its span, which only records, asks the replay what becomes of the call (`span.decision`), and holds
 * the clocks and the chance that its code sees. The decision is on the span: a pair of both would be made for every live
 * call.
 */
export function startCall(
  definition: SpanDefinition,
  input: Payload | LazyPayload,
  outer: AmbientFrame | undefined,
  tracing: Tracing,
): Span {
  const span = new Span(definition, input, outer, tracing)
  const replay = outer?.replay
  if (tracing.refusal) span.decision = { action: 'fail', error: tracing.refusal }
  else if (replay) span.decision = decide(replay, span)
  span.world = worldFor(span, replay)
  if (span.world) holdPatches()
  rememberOpen(span)
  return span
}

function decide(replay: ActiveReplay, { definition, input, parent, spanId }: Span): ReplayDecision {
  if (!parent) return { action: 'run', sourceSpanId: replay.rootSourceSpanId }
  return replay.decide({ ...definition, input }, parent, spanId)
}

function worldFor(span: Span, replay: ActiveReplay | undefined): ClockAndRandom | undefined {
  if (span.decision.action !== 'run') return undefined
  const around = span.parent?.world
  if (replay) return replayedWorld(replay, span.sourceSpanId, around)
  return liveWorld((span.definition.deterministic ?? span.tracing.deterministic) === true, around)
}
