// For the tracker alone: what it runs, and nothing else. Each file of a package costs the application half a
// millisecond when it starts.
export { currentFrame, runFrame, runInFrame } from './ambient.ts'
export { messageOf, RuntapeError, summarizeError } from './errors.ts'
export { newRunId } from './ids.ts'
export type * from './index.ts'
export { consoleLogger, warnSafely } from './logger.ts'
export { decodeResumptionToken, encodeResumptionToken } from './resumption-token.ts'
export { isThenable, watchCall } from './settle.ts'
export { isIteration, tapIteration } from './tap-iteration.ts'
export { addUsage, usageProblem } from './token-usage.ts'
