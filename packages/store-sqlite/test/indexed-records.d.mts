import type { RunEvent, SpanRecord } from '@runtape/core'

export declare const rareLetters: string
export declare const indexedRecords: () => (RunEvent | SpanRecord)[]
