import type { Sink } from '@runtape/core'
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import { type MemorySink, memorySink } from '../memory-sink.ts'
import type { FakeHost } from './fake-host.ts'

/** What the tests of an instrumentation stand on. */
export interface HostAndTape<Options> {
  readonly fake: FakeHost
  readonly tape: MemorySink
  /** Records on the tape with these options, until the test ends. */
  trace(options?: Partial<Options>): void
}

/**
 * A fake host for the tests of a file, and an empty tape that everything is recorded on in each of them.
 *
 * @param configure begins recording, and ends it without options: `configureTracing` of `@runtape/trace`
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
  // Only the sink is required of the options.
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
