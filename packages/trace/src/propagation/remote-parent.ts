import type { ActiveSpan } from '@runtape/core/internal'
import type { Droppable } from '../sampling/dropping.ts'
import type { TapePlace, TracePlace } from './traceparent.ts'

/** The calling span in another process. */
export class RemoteParent implements Droppable {
  readonly traceId: string
  readonly spanId: string
  isDropped: boolean
  dropsSeen = 0
  drops: number
  readonly parent = undefined
  /** True if its span is not on this tape: calls here are then roots. */
  readonly isElsewhere: boolean
  /** False if the calling system does not sample the trace: then no sink of that system has its span. */
  readonly isSampled: boolean
  readonly #seq: number | undefined
  #children = 0

  constructor({ traceId, spanId, isRecorded }: TracePlace, onTape: TapePlace | undefined, asRoot: boolean) {
    this.traceId = traceId
    this.spanId = onTape?.spanId ?? spanId
    this.isElsewhere = asRoot || !onTape
    this.isSampled = isRecorded
    // Another system's sampling decision does not affect the tape.
    this.isDropped = onTape !== undefined && !isRecorded
    this.drops = Number(this.isDropped)
    this.#seq = onTape?.seq
  }

  get root(): Droppable {
    return this
  }

  nextSeq(): number {
    if (this.isElsewhere) return 0
    return this.#seq ?? this.#children++
  }
}

/** True for a parent that is not on this tape. */
export const isElsewhere = (parent: ActiveSpan | undefined): parent is RemoteParent =>
  parent !== undefined && 'isElsewhere' in parent && parent.isElsewhere === true
