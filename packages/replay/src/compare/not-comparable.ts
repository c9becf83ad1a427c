/** Thrown by an evaluator that has nothing to go by: the item has no score of it, which is no fault of the evaluator. */
export class NotComparable extends Error {
  constructor(reason: string) {
    super(`It cannot be compared: ${reason}`)
    this.name = 'NotComparable'
  }
}
