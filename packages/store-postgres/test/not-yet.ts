/** Titles of cases of the contract that the store does not pass yet. The list only shrinks. */
export const notYet: ReadonlySet<string> = new Set([])
