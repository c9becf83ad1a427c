import type { WorkerFault } from './worker-settings.ts'

export interface SoakOptions {
  readonly seconds: number
  readonly processes: number
  readonly tokens: number
  /** The maximum number of passes through the tokens. */
  readonly passes: number
  readonly seed: number
  readonly killEveryMs: number
  readonly fault?: SoakFault
}

/** Ways to break the law on purpose; the soak must notice each. */
export type SoakFault = WorkerFault | 'no-identity' | 'last-one-stands' | 'remote-forgets'
