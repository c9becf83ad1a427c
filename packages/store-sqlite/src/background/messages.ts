import type { ReadName } from '../reading/reads.ts'
import type { Answer, Failure } from './answers.ts'

export interface WorkerSettings {
  readonly path: string
  /** Name of the store in messages. */
  readonly name: string
  readonly busyTimeoutMs: number
  /** Identity of the file that the store has open, from `idOf`. */
  readonly file: string | undefined
  /** Whether it takes in the texts of new records for `search`. */
  readonly fillsSearch: boolean
}

/** A message to the worker. */
export type Request =
  | { readonly id: number; readonly read: ReadName; readonly query: unknown }
  | { readonly close: true }

/** A message from the worker. */
export type Reply =
  | { readonly ready: true }
  | { readonly id: number; readonly answer: Answer }
  | { readonly id: number; readonly failure: Failure }
