import { RuntapeError } from '@runtape/core'

/** The command cannot do what it was told: exit code 2. The message says why, and what to do. */
export class Misuse extends RuntapeError {
  override readonly name = 'Misuse'

  constructor(message: string, options?: { cause?: unknown }) {
    super('invalid-option', message, options)
  }
}
