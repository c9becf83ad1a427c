import type { ReplaySource } from '../select/source.ts'

/** Names an item of a replay. */
export const idOf = ({ traceId, spanId = '' }: ReplaySource): string => `${traceId} ${spanId}`
