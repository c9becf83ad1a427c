import { type ActiveReplay, type ClockAndRandom, realNow } from '@runtape/core/internal'
import { RecordedWorld, RecordingWorld, worldOf } from './entropy-sources.ts'

/** The world of a live call: what it sees is kept if it is deterministic itself, or called by one that is. */
export function liveWorld(
  isDeterministic: boolean,
  around: ClockAndRandom | undefined,
): ClockAndRandom | undefined {
  return isDeterministic || around ? new RecordingWorld() : undefined
}

/** The world of a call in a replay: what the recorded one saw. */
export function replayedWorld(
  replay: ActiveReplay,
  sourceSpanId: string | undefined,
  around: ClockAndRandom | undefined,
): ClockAndRandom | undefined {
  const recorded = sourceSpanId === undefined ? undefined : replay.recorded?.(sourceSpanId)
  const facts = recorded && worldOf(recorded)
  if (recorded && facts) return new RecordedWorld(facts, recorded.startedAt, recorded.spanId)
  // One that is not on the tape goes on in the world around it.
  if (!around) return undefined
  if (around instanceof RecordedWorld) return new RecordedWorld({}, around.time, around.placeInside())
  return new RecordedWorld({}, realNow(), replay.sourceTraceId)
}
