import type { AnyFunction } from '@runtape/trace'

/** The calls in a report, by key; each key is listed once for all items. */
export interface Reported {
  /** `changed|same` if items differ. Default: `changed`. */
  readonly outcome?: string
  readonly drifted?: readonly string[]
  readonly missed?: readonly string[]
  readonly unused?: readonly string[]
  /** Calls that only one trace has, or that are in another order. */
  readonly added?: readonly string[]
  readonly removed?: readonly string[]
  readonly reordered?: readonly string[]
  /** Calls with another input, output or error. */
  readonly changed?: readonly string[]
}

/** One program, and what a replay of it must report. */
export interface Application {
  readonly name: string
  /** The key of its traced root function. */
  readonly entry: AnyFunction
  /** The arguments of each live call. */
  readonly inputs: readonly (readonly unknown[])[]
  /** How the program is used if its entry is not called directly, for example by a request to its server. */
  readonly use?: (...input: readonly never[]) => unknown
  /** The report of its unchanged replay if that cannot be `same`, and why. */
  readonly unchanged?: { readonly reports: Reported; readonly reason: RegExp }
  /** Its items share process state, so they are replayed one at a time. */
  readonly sharesState?: true
  /**
   * Its model calls are not declared `mockOnReplay`, so that `marked` asks the model again. Several at once end in their own
   * order, and what follows them is then `reordered`.
   */
  readonly asksModel?: true | 'in parallel'
  /** Changes its code, and returns a function that undoes the change. */
  readonly change: { readonly make: () => () => void; readonly reports: Reported }
  /** Resets the state of its module, before each replay. */
  readonly restart?: () => void
  /** How long lost races continue after its answers, in milliseconds. Default: 0. */
  readonly lingersMs?: number
  /** Closes its servers and pools. */
  readonly close?: () => unknown
}
