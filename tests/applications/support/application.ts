import type { AnyFunction } from '@runtape/trace'

/** The parts of a report that name calls, by their keys; a key stands once however many items have it. */
export interface Reported {
  /** `changed` when left out; `changed|same` where some items are the one and some the other. */
  readonly outcome?: string
  readonly drifted?: readonly string[]
  readonly missed?: readonly string[]
  readonly unused?: readonly string[]
  /** Calls that the two traces do not share, or in another order. */
  readonly added?: readonly string[]
  readonly removed?: readonly string[]
  readonly reordered?: readonly string[]
  /** Calls with another input, output or error. */
  readonly changed?: readonly string[]
}

/** One program, and what a replay of it must report. */
export interface Application {
  readonly name: string
  /** The traced function that its traces are of. */
  readonly entry: AnyFunction
  /** The arguments of each live call. */
  readonly inputs: readonly (readonly unknown[])[]
  /** How the program is used where its entry is not called directly: a request to its server, for instance. */
  readonly use?: (...input: readonly never[]) => unknown
  /** What its unchanged replay reports where that cannot be `same`, and why. */
  readonly unchanged?: { readonly reports: Reported; readonly reason: RegExp }
  /** Its items share state of the process, so that they are replayed one at a time. */
  readonly sharesState?: true
  /**
   * Its model calls are not declared `mockOnReplay`, so that `marked` asks the model again. Several at once end in their own
   * order, and what follows them is then `reordered`.
   */
  readonly asksModel?: true | 'in parallel'
  /** One change of its code: makes it, and returns what takes it back. */
  readonly change: { readonly make: () => () => void; readonly reports: Reported }
  /** Makes the state of its module what it is in a new process; called before each replay. */
  readonly restart?: () => void
  /** How long its losers go on after its answers, in milliseconds. Default: 0. */
  readonly lingersMs?: number
  /** Gives back what it holds: servers, pools. */
  readonly close?: () => unknown
}
