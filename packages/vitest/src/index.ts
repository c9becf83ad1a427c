import './expect.ts'

export type { MatchRecordingOptions, ServedMocksOptions } from './matchers.ts'
export { replayMatchers } from './matchers.ts'
export type { ReplayTestOptions, TracesOf } from './replay-test.ts'
export { replayTest } from './replay-test.ts'
