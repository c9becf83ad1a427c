import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import type { FakeHost } from './fake-host.ts'

/** What an application sees of a client, and what the host sees of the application. */
export interface Observation {
  readonly seen: unknown
  readonly requests: readonly unknown[]
}

interface TwoClients {
  readonly isSilent: true | undefined
  /** Opens the client as it is and lets the application work with it. */
  readonly bare: () => Promise<Observation>
  /** The same with the client that is checked. */
  readonly instrumented: () => Promise<Observation>
}

/** Rejects when the two differ. What is expected is never written down: the bare client says it. */
export async function assertSeenAlike({ isSilent, bare, instrumented }: TwoClients): Promise<void> {
  const expected = await withinLimit('the bare client', bare)
  // Else two clients that both fail at once would look alike.
  if (!isSilent && expected.requests.length === 0)
    throw new Error(
      `Nothing of the bare client reaches the host, so there is nothing to compare: ${show(expected)}`,
    )
  const actual = await withinLimit('the instrumented client', instrumented)
  assert.deepStrictEqual(actual, expected)
}

const show = (value: unknown): string => inspect(value, { depth: 4, maxStringLength: 200 })

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

/** Gives each use a host of its own. */
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
