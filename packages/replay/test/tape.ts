import type { Logger } from '@runtape/core'
import type { Store } from '@runtape/core/store'
import { createRecorder, type Recorder } from '@runtape/recorder'
import { memoryStore } from '@runtape/testing'
import { createTracer, type Tracer } from '@runtape/trace'

/** A store with a recorder and a tracer in front of it. */
export interface Tape {
  readonly store: Store
  readonly recorder: Recorder
  readonly tracer: Tracer
  readonly logger: Logger
  readonly warnings: string[]
}

export function newTape(store: Store = memoryStore()): Tape {
  const warnings: string[] = []
  const logger: Logger = { warn: message => void warnings.push(message) }
  // Room for the largest trace of the tests, which is recorded without a flush.
  const recorder = createRecorder({ store, logger, maxSpans: 100_000 })
  return { store, recorder, tracer: createTracer({ sink: recorder, logger }), logger, warnings }
}

/** The store, with some of its methods replaced. */
export function storeWith(
  store: Store,
  parts: Partial<Pick<Store, 'append'>> & {
    readonly traces?: Partial<Store['traces']>
    readonly testRuns?: Partial<Store['testRuns']>
  },
): Store {
  return {
    ...store,
    ...parts,
    traces: { ...store.traces, ...parts.traces },
    testRuns: { ...store.testRuns, ...parts.testRuns },
  }
}

/** Waits for `count` turns of the event loop. */
export async function ticks(count: number): Promise<void> {
  for (let tick = 0; tick < count; tick++) await new Promise(resolve => setImmediate(resolve))
}
