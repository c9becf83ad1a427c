import type { ReadName } from '../reading/reads.ts'
import type { Answer, Failure } from './answers.ts'

export interface WorkerSettings {
  readonly path: string
  /** How messages call the store. */
  readonly name: string
  readonly busyTimeoutMs: number
  /** Which file the store has open, as `idOf` says it. */
  readonly file: string | undefined
}

/** To the worker. */
export type Request =
  | { readonly id: number; readonly read: ReadName; readonly query: unknown }
  | { readonly close: true }

/** From the worker. */
export type Reply =
  | { readonly ready: true }
  | { readonly id: number; readonly answer: Answer }
  | { readonly id: number; readonly failure: Failure }
