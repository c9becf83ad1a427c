/** Reads of one command that a store answers at a time. It may be a remote one. */
export const readsAtOnce = 16
