/** Titles of cases of the contract that the store does not pass yet. The list only shrinks. */
export const notYet: ReadonlySet<string> = new Set([
  'changes: one connection follows what another writes and removes',
  'asOf: what was erased is at no revision any more, in no read',
  'arguments: a query or options of the wrong type or with an unknown field are refused by every member',
  'arguments: impossible limits and foreign cursors are refused by every list, and the largest limit is not',
])
