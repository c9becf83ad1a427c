import type { Args } from './args.ts'

/** A flag of a command. */
export interface Flag {
  /** What the value is called in the help; without it the flag takes none. */
  readonly value?: string
  /** May be given several times. */
  readonly multiple?: boolean
  readonly short?: string
  readonly about: string
}

/** One of the things that `runtape` does. */
export interface Command {
  readonly name: string
  readonly about: string
  /** What follows the name: `<id>`. */
  readonly operands?: string
  readonly flags: Readonly<Record<string, Flag>>
  readonly examples: readonly string[]
  /** Words of its output, each with what it means. */
  readonly words?: Readonly<Record<string, string>>
  /** Resolves to the exit code. */
  run(args: Args): Promise<number>
}
