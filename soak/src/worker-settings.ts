/** A store on a server. */
export interface PostgresPlace {
  readonly connectionString: string
  readonly schema: string
}

/** A store behind a Runtape server. */
export interface ServedPlace {
  readonly url: string
  readonly key: string
}

/** Where a worker writes to. */
export interface WorkerTarget {
  /** The address of a remote store. */
  readonly remote?: string
  readonly postgres?: PostgresPlace
  readonly served?: ServedPlace
}

/** The settings of a worker process. */
export interface WorkerSettings extends WorkerTarget {
  /** The database of an embedded store; with a `remote`, the outbox; with `postgres` or `served`, the beginning of the names of outboxes. */
  readonly path: string
  readonly sideLog: string
  /** The file with the resumption tokens: a JSON array. */
  readonly tokens: string
  /** The number of passes through the tokens. */
  readonly passes: number
  /** The number of this process among all that were started, from 1. */
  readonly life: number
  readonly seed: number
  /** Its start position within all passes together. */
  readonly startAt: number
  /** A deliberate violation that must be noticed. */
  readonly fault?: WorkerFault
}

export type WorkerFault = 'acknowledges-early' | 'conflicts-in-silence'
