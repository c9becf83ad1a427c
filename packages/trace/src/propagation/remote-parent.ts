import type { ActiveSpan } from '@runtape/core/internal'
import type { Droppable } from '../sampling/dropping.ts'
import type { TapePlace, TracePlace } from './traceparent.ts'

/** A call in another process that what runs here belongs to. */
export class RemoteParent implements Droppable {
  readonly traceId: string
  readonly spanId: string
  isDropped: boolean
  dropsSeen = 0
  drops: number
  readonly parent = undefined
  /** True where its span is not on this tape: what is called here is then a root. */
  readonly isElsewhere: boolean
  readonly #seq: number | undefined
  #children = 0

  constructor({ traceId, spanId, isRecorded }: TracePlace, onTape: TapePlace | undefined, asRoot: boolean) {
    this.traceId = traceId
    this.spanId = onTape?.spanId ?? spanId
    this.isElsewhere = asRoot || !onTape
    // Another system's choice of what to sample says nothing about the tape.
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
