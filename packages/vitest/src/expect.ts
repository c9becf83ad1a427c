import { expect } from 'vitest'
import { type MatchRecordingOptions, replayMatchers, type ServedMocksOptions } from './matchers.ts'

declare module 'vitest' {
  // The parameters must be those of vitest's own declaration.
  interface Matchers<R extends void | Promise<void> = void | Promise<void>, T = unknown> {
    /** The item of a replay ended as its recording did. */
    toMatchRecording(options?: MatchRecordingOptions): R
    /** Every mocked call of the item was answered from the tape, and none of its answers was left over. */
    toHaveServedAllMocks(options?: ServedMocksOptions): R
  }
}

expect.extend(replayMatchers)
