import type { Sink } from '@runtape/core'
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import { type MemorySink, memorySink } from '../memory-sink.ts'
import type { FakeHost } from './fake-host.ts'

/** The fixtures of an instrumentation's tests. */
export interface HostAndTape<Options> {
  readonly fake: FakeHost
  readonly tape: MemorySink
  /** Records on the tape with these options, until the test ends. */
  trace(options?: Partial<Options>): void
}

/**
 * A fake host for the tests of a file, and a tape, empty at the start of each test, that records everything.
 *
 * @param configure starts recording; without options, stops it: `configureTracing` of `@runtape/trace`
 *
 * @example
 * ```ts
 * import { startFakeOpenAI } from '@runtape/testing/openai'
 * import { hostAndTape } from '@runtape/testing/vitest'
 * import { configureTracing } from '@runtape/trace'
 *
 * const given = hostAndTape(startFakeOpenAI, configureTracing)
 * ```
 */
export function hostAndTape<Options extends { readonly sink: Sink }>(
  start: () => Promise<FakeHost>,
  configure: (options: Options | undefined) => void,
): HostAndTape<Options> {
  let fake: FakeHost | undefined
  const tape = memorySink()
  // Only the sink is a required option.
  const trace = (options: Partial<Options> = {}) => configure({ sink: tape, ...options } as object as Options)
  beforeAll(async () => {
    fake = await start()
  })
  afterAll(() => fake?.close())
  beforeEach(() => {
    tape.clear()
    trace()
  })
  afterEach(() => configure(undefined))
  return {
    get fake() {
      if (!fake) throw new Error('The fake host runs inside tests only.')
      return fake
    },
    tape,
    trace,
  }
}
