import { type ActiveReplay, type ClockAndRandom, realNow } from '@runtape/core/internal'
import { RecordedWorld, RecordingWorld, worldOf } from './entropy-sources.ts'

/** The entropy of a live call: what it reads is recorded if it is deterministic, or called by a deterministic call. */
export function liveWorld(
  isDeterministic: boolean,
  around: ClockAndRandom | undefined,
): ClockAndRandom | undefined {
  return isDeterministic || around ? new RecordingWorld() : undefined
}

/** The entropy of a call in a replay: the recorded values. */
export function replayedWorld(
  replay: ActiveReplay,
  sourceSpanId: string | undefined,
  around: ClockAndRandom | undefined,
): ClockAndRandom | undefined {
  const recorded = sourceSpanId === undefined ? undefined : replay.recorded?.(sourceSpanId)
  const facts = recorded && worldOf(recorded)
  if (recorded && facts) return new RecordedWorld(facts, recorded.startedAt, recorded.spanId)
  // A call that is not on the tape uses the surrounding entropy.
  if (!around) return undefined
  if (around instanceof RecordedWorld) return new RecordedWorld({}, around.time, around.placeInside())
  return new RecordedWorld({}, realNow(), replay.sourceTraceId)
}
