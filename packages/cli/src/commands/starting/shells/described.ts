/** A command as a shell completes it. No text has a single quote. */
export interface Described {
  readonly name: string
  readonly about: string
  readonly flags: readonly DescribedFlag[]
}

export interface DescribedFlag {
  readonly name: string
  readonly about: string
  readonly takesValue: boolean
  /** Whether its value is a file or a folder. */
  readonly isPath: boolean
}
