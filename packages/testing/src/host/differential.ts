import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import type { FakeHost } from './fake-host.ts'

/** How to instrument a client, and what surrounds it. */
export interface Instrumentation<Client extends object = object> {
  /** Instruments a client. `dispose` undoes changes to the SDK itself. */
  instrument(client: Client): object | Promise<object>
  /** Wraps the application's use of the instrumented client, for example in a trace or a run. */
  around?<T>(application: () => Promise<T>, host: FakeHost): Promise<T>
  /** Called after each case. */
  dispose?(): void | Promise<void>
}

/** What an application observes of a client, and the host of the application. */
export interface Observation {
  readonly result: unknown
  readonly requests: readonly unknown[]
}

/** An application's use of this host. */
export interface Application {
  readonly isSilent: true | undefined
  readonly host: FakeHost
  readonly newClient: () => object
  readonly observe: (client: object) => Promise<Observation>
}

/**
 * Rejects if an application observes a difference between an instrumented client and a bare one. Expectations are never written
 * down: the bare client defines them.
 */
export async function checkAlike(application: Application, instrumentation: Instrumentation): Promise<void> {
  const { isSilent, host, newClient, observe } = application
  const { around = run => run() } = instrumentation
  const instrumented = async () => {
    const client = await instrumentation.instrument(newClient())
    return around(() => observe(client), host)
  }
  try {
    const expected = await withinLimit('the bare client', () => observe(newClient()))
    if (!isSilent) assertNotSilent(expected)
    assert.deepStrictEqual(await withinLimit('the instrumented client', instrumented), expected)
  } finally {
    await instrumentation.dispose?.()
  }
}

// Otherwise two clients that both fail immediately would look equal.
function assertNotSilent(observation: Observation): void {
  if (observation.requests.length > 0) return
  const seen = inspect(observation.result, { depth: 4, maxStringLength: 200 })
  throw new Error(
    `Nothing of the bare client reaches the host, so there is nothing to compare. It is of a version that cannot do this, or its options are wrong: ${seen}`,
  )
}

const limitMs = 10_000

async function withinLimit<T>(who: string, work: () => Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const late = () => reject(new Error(`With ${who} the application was not done after ${limitMs} ms.`))
  const timer = setTimeout(late, limitMs)
  try {
    return await Promise.race([work(), promise])
  } finally {
    clearTimeout(timer)
  }
}

/** Starts a new host for each use. */
export async function withHost<T>(
  start: () => Promise<FakeHost>,
  use: (host: FakeHost) => Promise<T>,
): Promise<T> {
  const host = await start()
  try {
    return await use(host)
  } finally {
    await host.close()
  }
}
