/** A point in the history of runs: everything up to this event and this price. */
export interface RunRevision {
  readonly eventId: number
  readonly priceId: number
}

/** A point in the store's history: everything up to this event, price, span and other change. */
export interface Revision extends RunRevision {
  readonly spanId: number
  /** The last change that `nextChange` numbered. */
  readonly changeId: number
}
