import { type MemorySink, memorySink } from '@runtape/testing'
import { type FakeHost, startFakeOpenAI } from '@runtape/testing/openai'
import { configureTracing, type TracingOptions } from '@runtape/trace'
import { createTracker } from '@runtape/tracker'
import { afterAll, afterEach, beforeAll, beforeEach, vi } from 'vitest'
import type { Given } from './cases/case.ts'
import { bare, type Fetch, instrumented } from './given.ts'
import { loadSdk, type Sdk } from './sdks.ts'

export interface SetUp {
  readonly sdk: Sdk
  readonly host: FakeHost
  readonly tape: MemorySink
  readonly bare: Given
  readonly instrumented: Given
  trace(options?: Partial<TracingOptions>): void
  /** Runs it in a separate run, and resolves to the usage of that run. */
  tally(application: () => Promise<unknown>): Promise<unknown>
}

/** One major version, a host for its providers, and a tape that records everything, for each test of a file. */
export function setUp(major: Sdk['major'] = 7, fetch?: Fetch): SetUp {
  let sdk: Sdk | undefined
  let host: FakeHost | undefined
  const tape = memorySink()
  const trace = (options: Partial<TracingOptions> = {}) => configureTracing({ sink: tape, ...options })
  beforeAll(async () => {
    sdk = await loadSdk(major)
    host = await startFakeOpenAI()
  })
  afterAll(() => host?.close())
  beforeEach(() => {
    tape.clear()
    trace()
  })
  afterEach(() => {
    configureTracing(undefined)
    vi.restoreAllMocks()
  })
  return {
    get sdk() {
      return sdk as Sdk
    },
    get host() {
      return host as FakeHost
    },
    tape,
    get bare() {
      return bare(this.sdk, this.host, fetch)
    },
    get instrumented() {
      return instrumented(this.sdk, this.host, fetch)
    },
    trace,
    tally: async application => {
      const tracker = createTracker({ sink: memorySink(), configKey: 'test' })
      await tracker.run(application)
      return tracker.getSummary().tokens
    },
  }
}
