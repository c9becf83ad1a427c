import type { Args } from './args.ts'

/** A flag of a command. */
export interface Flag {
  /** Name of the value in the help; a flag without it takes no value. */
  readonly value?: string
  /** Makes the value optional: used if the flag is given without one. */
  readonly optional?: string
  /** May be repeated. */
  readonly multiple?: boolean
  readonly short?: string
  readonly about: string
}

/** A command of `runtape`. */
export interface Command {
  readonly name: string
  readonly about: string
  /** Operands after the name: `<id>`. */
  readonly operands?: string
  readonly flags: Readonly<Record<string, Flag>>
  readonly examples: readonly string[]
  /** Terms of its output and their meanings. */
  readonly words?: Readonly<Record<string, string>>
  /** Resolves to the exit code. */
  run(args: Args): Promise<number>
}
