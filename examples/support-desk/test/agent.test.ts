import { afterAll, beforeAll, expect, test } from 'vitest'
import { startStandIn } from '../src/model/stand-in.ts'
import { newFolder } from './run-demo.ts'

// The application's modules read it when they load, so they are loaded afterwards.
const standIn = await startStandIn()
Object.assign(process.env, {
  OPENAI_BASE_URL: `${standIn.url}/v1`,
  OPENAI_API_KEY: 'none',
  SUPPORT_DESK_FOLDER: newFolder(),
})
const { answer } = await import('../src/agent.ts')
const { recorder, store } = await import('../src/runtape.ts')
const { readTickets } = await import('../src/tickets.ts')
const { refundsIssued } = await import('../src/orders.ts')

const ticket = (id: string) => {
  const found = readTickets().find(ticket => ticket.id === id)
  if (!found) throw new Error(`There is no ticket ${id}.`)
  return found
}
const runOf = async (token: string) => {
  const { decodeResumptionToken } = await import('@runtape/core')
  return store.runs.get(decodeResumptionToken(token).runId)
}

beforeAll(() => expect(refundsIssued()).toEqual([]))
afterAll(async () => {
  await recorder.close()
  await store.close()
  await standIn.stop()
})

test('a customer who requests a refund receives it once', async () => {
  const first = await answer(ticket('T-02'))
  const second = await answer(ticket('T-02'))
  expect(first).toMatchObject({ category: 'late', refunded: 89 })
  expect(second.refunded).toBe(89)
  expect(refundsIssued()).toEqual([{ order: 'H-2042', amount: 89 }])
})

test('an order that does not exist is looked up but not refunded', async () => {
  const { text, refunded } = await answer(ticket('T-08'))
  expect(text).toContain('cannot find')
  expect(refunded).toBe(0)
})

test('both model calls of a ticket are one run: tokens summed, each metric once', async () => {
  const { token } = await answer(ticket('T-01'))
  const run = await runOf(token)
  const calls = run?.events.filter(({ metric }) => metric.startsWith('call:')) ?? []
  expect(calls).toHaveLength(2)
  const totals = calls.map(({ value }) => (value as { usage: { total: number } }).usage.total)
  expect(run?.metrics.tokens).toMatchObject({ total: totals.reduce((a, b) => a + b) })
  expect(run?.metrics.outcome).toEqual({ status: 'success' })
  expect(run?.metrics['time-to-first-token']).toBeGreaterThan(0)
})

test('a prompt that the provider refuses is a failed run', async () => {
  await expect(answer(ticket('T-10'))).rejects.toThrow('content policy')
  const { items } = await store.runs.list({ outcome: 'error' })
  expect(items).toHaveLength(1)
})

test('an unchanged agent replays the same, including its resumption token, and pays nothing', async () => {
  const { replay } = await import('@runtape/replay')
  await recorder.flush()
  const before = [refundsIssued(), await store.runs.usage()]
  const taped = await replay(answer, { store, mock: 'all', limit: 20 })
  expect(taped.items.map(({ outcome }) => outcome)).toEqual(Array(5).fill('same'))
  expect(taped.summary).toMatchObject({ pass: true, missed: 0, drifted: 0, unused: 0 })
  // The replay asks the provider again, which refuses with another request id.
  const asked = await replay(answer, { store, mock: 'marked', limit: 20 })
  const answered = asked.items.filter(({ originalError }) => originalError === null)
  expect(answered.map(({ outcome }) => outcome)).toEqual(Array(4).fill('same'))
  expect([refundsIssued(), await store.runs.usage()]).toEqual(before)
})
