import { RuntapeError } from '@runtape/core'
import {
  type AmbientFrame,
  currentFrame,
  isOutsideWatched,
  type ReplayDecision,
  refusalOutside,
} from '@runtape/core/internal'
import { captureInput } from '../capture/payload.ts'
import type { SpanDefinition } from '../definition.ts'
import { type Tracing, tracingOf } from '../tracing.ts'

/**
 * Construction is not a call and is not recorded, so the tape has no answer for it. Throws if a constructor declared
 * `mockOnReplay` must not run: in a replay whose policy does not allow it, and outside a replay.
 */
export function refuseInstance(
  definition: SpanDefinition,
  args: readonly unknown[],
  tracing: Tracing | undefined,
): void {
  if (!definition.mockOnReplay) return
  const frame = currentFrame()
  const refusal = frame?.replay ? refusalInside(definition, args, tracing, frame) : refusalBeside(definition)
  if (refusal) throw refusal
}

const refusalBeside = (definition: SpanDefinition) =>
  isOutsideWatched() ? refusalOutside(definition) : undefined

function refusalInside(
  definition: SpanDefinition,
  args: readonly unknown[],
  tracing: Tracing | undefined,
  { replay, span }: AmbientFrame,
): Error | undefined {
  if (!replay || !span) return undefined
  const { limits } = tracing ?? tracingOf({ sink: replay.sink })
  return refusalOf(replay.decide({ ...definition, input: captureInput(args, limits) }, span), definition)
}

/** Answers are those of a plain call of the same key, or of an override: neither is an instance. */
function refusalOf(decision: ReplayDecision, { key }: SpanDefinition): Error | undefined {
  if (decision.action === 'run') return undefined
  if (decision.action === 'fail') return decision.error
  const why = `construction with new is not recorded, and no recorded answer can replace it`
  return (
    decision.missing?.(why) ?? new RuntapeError('replay-refused', `'${key}' was not called with new: ${why}.`)
  )
}
