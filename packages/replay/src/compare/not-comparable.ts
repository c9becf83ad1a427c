import { RuntapeError } from '@runtape/core'

/** Thrown by an evaluator that has nothing to compare: it does not score the item, which is not the evaluator's fault. */
export class NotComparable extends RuntapeError {
  override readonly name = 'NotComparable'

  constructor(reason: string) {
    super('evaluator-failed', `It cannot be compared: ${reason}`)
  }
}
