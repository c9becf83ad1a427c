import { RuntapeError } from '@runtape/core'

/** Thrown by an evaluator that has nothing to go by: the item has no score of it, which is no fault of the evaluator. */
export class NotComparable extends RuntapeError {
  override readonly name = 'NotComparable'

  constructor(reason: string) {
    super('evaluator-failed', `It cannot be compared: ${reason}`)
  }
}
