import { join } from 'node:path'
import type { UsageRow } from '@runtape/core/store'
import { sqliteStore } from '@runtape/store-sqlite'
import { describe, expect, onTestFinished, test } from 'vitest'
import { endOf, messageOf, startChild } from './child.ts'
import { type ModelHost, startModelHost } from './model-host.ts'
import { scratchDirectory } from './scratch.ts'

interface Desk {
  readonly host: ModelHost
  /** Runs an agent to its end or to the `killAt`th request; returns its resumption token. */
  agent(way: string, options?: { killAt?: number; token?: string }): Promise<string>
  usage(): Promise<UsageRow | undefined>
}

async function openDesk(): Promise<Desk> {
  const path = join(scratchDirectory(), 'runtape.db')
  const host = await startModelHost()
  onTestFinished(() => host.close())
  const agent: Desk['agent'] = async (way, { killAt, token = '' } = {}) => {
    const isAt = killAt === undefined ? undefined : host.holdFrom(killAt)
    const child = startChild('agent.ts', [path, host.url, way, token])
    const own = (await messageOf(child)) as string
    if (isAt) {
      await isAt
      child.kill('SIGKILL')
      expect(await endOf(child)).toBe('SIGKILL')
      host.answerAll()
    } else {
      expect(await endOf(child)).toBe(0)
    }
    return own
  }
  const usage = async () => {
    const store = sqliteStore(path)
    const [row] = await store.runs.usage()
    await store.close()
    return row
  }
  return { host, agent, usage }
}

/** The tokens of the calls at these positions in the order of all requests. */
const input = (...places: number[]) => places.reduce((sum, place) => sum + 2 ** (place - 1), 0)

describe('an agent that is killed after the third of its five calls', () => {
  test('is billed once for these three', async () => {
    const { host, agent, usage } = await openDesk()
    await agent('loop', { killAt: 4 })
    expect(host.requests).toBe(4)
    expect(await usage()).toMatchObject({
      runs: 1,
      succeeded: 0,
      failed: 0,
      tokens: { input: input(1, 2, 3) },
    })
  })

  test('and repeats its work in a new run is billed for three and five, in two runs', async () => {
    const { agent, usage } = await openDesk()
    await agent('loop', { killAt: 4 })
    await agent('loop')
    expect(await usage()).toMatchObject({
      runs: 2,
      succeeded: 1,
      tokens: { input: input(1, 2, 3, 5, 6, 7, 8, 9) },
      durationMs: { count: 1 },
    })
  })

  test('keeps its bill if others resume the run to record its outcome, however often', async () => {
    const { agent, usage } = await openDesk()
    const token = await agent('loop', { killAt: 4 })
    await agent('feedback', { token })
    await agent('feedback', { token })
    const billed = { runs: 1, failed: 1, negative: 1, tokens: { input: input(1, 2, 3) } }
    expect(await usage()).toMatchObject(billed)
  })

  test('twice, the second time in the resumed run, is billed for what returned in both', async () => {
    const { agent, usage } = await openDesk()
    const token = await agent('loop', { killAt: 4 })
    await agent('loop', { token, killAt: 6 })
    expect(await usage()).toMatchObject({ runs: 1, tokens: { input: input(1, 2, 3, 5) } })
  })

  test('and ends in a run that was resumed is billed for what returned in both', async () => {
    const { agent, usage } = await openDesk()
    const token = await agent('loop', { killAt: 4 })
    await agent('loop-of-two', { token })
    expect(await usage()).toMatchObject({
      runs: 1,
      succeeded: 1,
      unknownUsageRuns: 0,
      tokens: { input: input(1, 2, 3, 5, 6) },
    })
  })

  test('twice, and ends the third time in the resumed run, is billed for what returned in all three', async () => {
    const { agent, usage } = await openDesk()
    const token = await agent('loop', { killAt: 4 })
    await agent('loop', { token, killAt: 6 })
    await agent('loop-of-two', { token })
    expect(await usage()).toMatchObject({ runs: 1, tokens: { input: input(1, 2, 3, 5, 7, 8) } })
  })
})

describe('an agent', () => {
  test('that ended and is repeated by another process in the same run is billed for both', async () => {
    const { agent, usage } = await openDesk()
    const token = await agent('loop')
    await agent('loop', { token })
    expect(await usage()).toMatchObject({
      runs: 1,
      succeeded: 1,
      tokens: { input: input(1, 2, 3, 4, 5, 6, 7, 8, 9, 10) },
    })
  })

  test('that never settles is billed for what returned before its process ended', async () => {
    const { agent, usage } = await openDesk()
    await agent('never-settles')
    const row = await usage()
    expect(row).toMatchObject({ runs: 1, succeeded: 0, failed: 0, tokens: { input: input(1, 2, 3) } })
    expect(row?.durationMs).toBeUndefined()
  })

  test('that is abandoned after a timeout is billed for what returned', async () => {
    const { host, agent, usage } = await openDesk()
    const held = host.holdFrom(4)
    await agent('times-out')
    await held
    expect(await usage()).toMatchObject({ runs: 1, tokens: { input: input(1, 2, 3) } })
  })

  test('whose answer is read after the function returned is billed for it, too', async () => {
    const { agent, usage } = await openDesk()
    await agent('reads-later')
    expect(await usage()).toMatchObject({ runs: 1, succeeded: 1, tokens: { input: input(1, 2, 3) } })
  })

  test('that is killed while its answer is read is billed for the calls before', async () => {
    const { agent, usage } = await openDesk()
    await agent('reads-later', { killAt: 3 })
    expect(await usage()).toMatchObject({ runs: 1, succeeded: 0, tokens: { input: input(1, 2) } })
  })
})
