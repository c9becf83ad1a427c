/** The text of `worker.ts` and of all that it imports, which the build makes. */
export const workerSource: string
