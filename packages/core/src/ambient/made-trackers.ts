import type { SpanRecord } from '../records/records.ts'

/** Key in a span's metadata of the trackers created in its call: every store keeps metadata. */
const madeTrackersName = 'runtape.trackers'

/** The config of a tracker and its run. */
export type MadeTracker = readonly [configKey: string, runId: string]

/** The trackers created in the call, in order. */
export function madeTrackers({ metadata }: Pick<SpanRecord, 'metadata'>): readonly MadeTracker[] {
  const made = metadata?.[madeTrackersName]
  return Array.isArray(made) ? made.filter(isMadeTracker) : []
}

/** The metadata with the trackers added. */
export function withTrackers(
  metadata: SpanRecord['metadata'],
  made: readonly MadeTracker[],
): NonNullable<SpanRecord['metadata']> {
  return { ...metadata, [madeTrackersName]: made }
}

// A tape may be damaged.
const isMadeTracker = (made: unknown): made is MadeTracker =>
  Array.isArray(made) && typeof made[0] === 'string' && typeof made[1] === 'string' && made[1] !== ''
