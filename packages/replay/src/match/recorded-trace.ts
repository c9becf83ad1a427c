import { type Payload, RuntapeError } from '@runtape/core'
import { droppedTag, messageOf } from '@runtape/core/internal'
import type { Trace } from '@runtape/core/store'
import { decodeValue } from '@runtape/trace'
import { usageOf } from '../compare/item-delta.ts'
import type { ReplayItem } from '../report.ts'

/** The arguments, if the tape has them unchanged: new objects at each call. */
export function recordedArguments({ traceId, root }: Trace): readonly unknown[] {
  const { input } = root
  const problem = droppedTag(root) ? 'the call was dropped by drop().' : whyNotWhole(input)
  if (problem !== undefined) throw unusableInput(traceId, problem)
  let args: unknown
  try {
    args = decodeValue(input)
  } catch (error) {
    if (RuntapeError.isInstance(error)) throw unusableInput(traceId, error.message)
    throw unusableInput(traceId, `it cannot be read (${messageOf(error)}). Record the call again.`)
  }
  if (Array.isArray(args)) return args
  throw unusableInput(traceId, 'it is not a list of arguments. Record the call again.')
}

function whyNotWhole(input: Payload | undefined): string | undefined {
  if (!input) return 'the root has none. Record the call again.'
  const { truncated, lossy, redacted } = input
  if (truncated !== undefined)
    return `it was too large to keep (${truncated} bytes). Raise maxPayloadBytes and record again.`
  if (redacted?.includes('$'))
    return 'it was not kept, by capture: { input: false } or a redact hook. Keep the input of functions that you replay.'
  if (redacted)
    return `${listed(redacted)} was redacted. Read secrets inside the function instead of passing them.`
  const lost = lossy?.filter(place => !/: a function(?: with .*)?$/.test(place)) ?? []
  // A function may never be called; its placeholder throws when it is.
  if (lost.length > 0 || (lossy?.length ?? 0) >= mostListed)
    return `it contains values that could not be kept (${listed(lost.length > 0 ? lost : (lossy ?? []))}). Pass plain data, register a codec for classes, and create everything else inside the function.`
  return undefined
}

// A capture lists no more; others are unknown.
const mostListed = 100

/** The first few: there may be a hundred. */
function listed(places: readonly string[]): string {
  const more = places.length > 3 ? ` and ${places.length - 3} more` : ''
  return places.slice(0, 3).join(', ') + more
}

function unusableInput(traceId: string, problem: string): RuntapeError {
  return new RuntapeError(
    'not-replayable',
    `The tape does not have the input of trace ${traceId} unchanged: ${problem}`,
  )
}

/** Facts about an item's recording. */
export function recordedFacts({ root, spans }: Trace): Partial<ReplayItem> {
  return {
    originalOutput: readable(root.output),
    originalError: root.error?.message ?? null,
    durationMs: root.durationMs,
    tokens: usageOf(spans),
    model: spans.find(span => span.model !== undefined)?.model ?? null,
  }
}

// Over the wire, an absent value may be null.
function readable(output: Payload | null | undefined): unknown {
  if (!output || output.truncated !== undefined) return undefined
  try {
    return decodeValue(output)
  } catch {
    return undefined
  }
}

/**
 * How many chunks the recorded consumer read of a stream that it left early, or `Infinity`. A stream may be endless, so a replay
 * reads no further.
 */
export function chunksToRead({ traceId, root: { status, output } }: Trace): number {
  if (status !== 'cancelled' && status !== 'abandoned') return Number.POSITIVE_INFINITY
  const recorded = readable(output) as { chunks?: unknown } | undefined
  if (Array.isArray(recorded?.chunks)) return recorded.chunks.length
  throw new RuntapeError(
    'not-replayable',
    `Trace ${traceId} is of a stream that was left early, and the tape does not say how far it was read. Raise maxPayloadBytes and record again.`,
  )
}
