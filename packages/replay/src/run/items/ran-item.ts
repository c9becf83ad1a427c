import type { ReplayItem } from '../../report.ts'

/** An item, or, where it is not kept, what its place in the store takes. */
export type RanItem = ReplayItem | Pick<ReplayItem, 'traceId' | 'error' | 'outcome'>
