import { expect } from 'vitest'
import { type MatchRecordingOptions, replayMatchers, type ServedMocksOptions } from './matchers.ts'

declare module 'vitest' {
  // The parameters must match vitest's own declaration.
  interface Matchers<R extends void | Promise<void> = void | Promise<void>, T = unknown> {
    /** The item of a replay ended as recorded. */
    toMatchRecording(options?: MatchRecordingOptions): R
    /** Every mocked call of the item was served, and no recorded answer is unused. */
    toHaveServedAllMocks(options?: ServedMocksOptions): R
  }
}

expect.extend(replayMatchers)
