import type { ReplayItem } from '../../report.ts'

/** An item, or, if it is not kept, what its verdict needs. */
export type RanItem = ReplayItem | Pick<ReplayItem, 'traceId' | 'error' | 'outcome'>
