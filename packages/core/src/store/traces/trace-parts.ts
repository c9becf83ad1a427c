import type { SpanRecord } from '../../records/records.ts'
import type { Page } from '../lists.ts'
import type { AsOf } from '../revision.ts'

/** Facts about a payload that is not loaded. */
export interface PayloadFacts {
  /** Size of its JSON in bytes. */
  readonly bytes: number
  /** Whether some of its values could not be kept. */
  readonly isLossy?: true
  /** Whether some of its values were redacted. */
  readonly isRedacted?: true
  /** The size in bytes if the value was too large to keep; its JSON is then `null`. */
  readonly truncated?: number
}

/** A span without its payloads. */
export interface SpanSkeleton
  extends Omit<SpanRecord, 'kind' | 'traceId' | 'input' | 'output' | 'error' | 'metadata'> {
  readonly input: PayloadFacts
  readonly output?: PayloadFacts
  readonly error?: SpanErrorFacts
  /** Cost of its model call in billionths of a US dollar. Absent if it has none, or an unknown one. */
  readonly nanoUsd?: number
}

export interface SpanErrorFacts {
  readonly name: string
  /** At most 500 characters. A longer message ends with `…`. */
  readonly message: string
  readonly value: PayloadFacts
}

/** Which spans of a trace `traces.skeleton` returns. */
export interface SkeletonQuery extends AsOf {
  /** At most this many spans. Default: 1000. */
  readonly limit?: number
  /** The `nextCursor` or `previousCursor` of a page. All pages show the trace as of the first one. */
  readonly cursor?: string
}

/** A page of the spans of a trace, in the order of `traces.get`. */
export interface TraceSkeleton extends Page<SpanSkeleton> {
  readonly traceId: string
  /** Number of spans on all pages. */
  readonly spanCount: number
}

/** The payloads of a span. */
export type PayloadName = 'input' | 'output' | 'error'

/** A place in a payload: `$.messages[0].content`, or its steps, which are never ambiguous. */
export type PayloadPath = string | readonly (string | number)[]

/** Which part of a payload `traces.payload` returns. */
export interface PayloadQuery extends AsOf {
  readonly of: PayloadName
  /** Default: the whole payload. */
  readonly path?: PayloadPath
  /** The first child, or the first character of a string. Default: 0. */
  readonly offset?: number
  /** At most this many children or characters. Default: 100 children, or 10,000 characters. */
  readonly limit?: number
}

export type JsonKind = 'object' | 'array' | 'string' | 'number' | 'boolean' | 'null'

/** What capture changed in a value. */
export interface ValueMarks {
  /** A type that JSON cannot represent, such as `Date`, `Map` or `ref`, with its detail. */
  readonly type?: string
  readonly typeDetail?: unknown
  /** `here`: the value itself was redacted. `inside`: a part of it. */
  readonly redacted?: 'here' | 'inside'
  /** `here`: the value itself could not be kept. `inside`: a part of it. */
  readonly lossy?: 'here' | 'inside'
}

/** A value in a payload. */
export interface ValueFacts extends ValueMarks {
  /** Steps from the whole payload. */
  readonly path: readonly (string | number)[]
  readonly kind: JsonKind
  /** Size of its JSON in bytes. */
  readonly bytes: number
  /** Its value, if its JSON has at most 200 characters and it is neither an object nor an array. */
  readonly value?: string | number | boolean | null
}

/** A part of a payload: a value, and a page of its children or characters. */
export interface PayloadPart extends ValueFacts {
  /** Number of children, or of characters (UTF-16 code units). Absent for other kinds. */
  readonly length?: number
  /** Children of an object or an array. */
  readonly children?: readonly ValueFacts[]
  /** Characters of a string. A page never splits a surrogate pair, so it can differ from `limit` by one code unit. */
  readonly text?: string
  /** Offset of the next page, if there is one. */
  readonly nextOffset?: number
  /** The size in bytes if the payload was too large to keep; its JSON is then `null`. */
  readonly truncated?: number
}

/** What `traces.search` looks for in a trace. */
export interface TraceSearchQuery extends AsOf {
  /** Plain text. Case is ignored. */
  readonly text: string
  /** At most this many spans. Default: 50. */
  readonly limit?: number
  /** The `nextCursor` or `previousCursor` of a page. All pages show the trace as of the first one. */
  readonly cursor?: string
}

/** A match of a search in a trace. */
export interface TextPlace {
  readonly in: PayloadName | 'key' | 'name'
  /** Part of the text around the match. */
  readonly excerpt: string
  /** Where the match starts and ends in `excerpt`, in UTF-16 code units. */
  readonly match: readonly [start: number, end: number]
  /** Steps to the value that contains the text. Absent for keys, names and error messages. */
  readonly path?: readonly (string | number)[]
}

/** A span that contains the text, with the first match in each of its parts. */
export interface SpanHit {
  readonly spanId: string
  readonly key: string
  readonly name: string
  readonly places: readonly TextPlace[]
}
