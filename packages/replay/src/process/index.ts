export { patchTimers } from '../timers/patch-timers.ts'
export type { ProcessEnd, ProcessGuardOptions } from './guard-process.ts'
export { guardProcess } from './guard-process.ts'
