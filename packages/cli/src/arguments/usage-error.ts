import { RuntapeError } from '@runtape/core'

/** The arguments are invalid: exit code 2. The message says why, and what to do. */
export class Misuse extends RuntapeError {
  override readonly name = 'Misuse'

  constructor(message: string, options?: { cause?: unknown }) {
    super('invalid-option', message, options)
  }
}
