/** What a worker process is started with. */
export interface WorkerSettings {
  /** The database of an embedded store; or the outbox, when there is a `remote`. */
  readonly path: string
  /** The address of a remote store. */
  readonly remote?: string
  readonly sideLog: string
  /** The file with the resumption tokens: a JSON array. */
  readonly tokens: string
  /** How many times the tokens are gone through. */
  readonly passes: number
  /** Which of all the processes that were ever started this is, from 1 on. */
  readonly life: number
  readonly seed: number
  /** Where in all passes together it starts. */
  readonly startAt: number
  /** Breaks the law on purpose, to see that it is noticed. */
  readonly fault?: WorkerFault
}

export type WorkerFault = 'acknowledges-early' | 'conflicts-in-silence'
