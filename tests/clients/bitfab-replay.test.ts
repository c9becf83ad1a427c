import type { Store } from '@runtape/core/store'
import { memoryStore } from '@runtape/testing'
import { Bitfab, flushTraces } from 'bitfab'
import { describe, expect, test } from 'vitest'
import { startServer } from '../../packages/server/test/serve.ts'
import { testSubject } from '../../packages/store-postgres/test/subject.ts'
import { atEnd, versionOf, withContexts } from './application.ts'
import { sqliteSubject } from './sqlite-subject.ts'

withContexts()

type Subject = { readonly store: Store; connect?(): Promise<Store>; dispose?(): Promise<void> }

const stores = {
  memory: async () => ({ store: memoryStore() }),
  SQLite: async () => sqliteSubject(),
  Postgres: () => testSubject(),
} satisfies Record<string, () => Promise<Subject>>

async function start(name: keyof typeof stores) {
  const subject: Subject = await stores[name]()
  const server = await startServer(subject.store)
  atEnd(async () => {
    await server.close()
    await subject.dispose?.()
  })
  return { ...subject, server, client: new Bitfab({ apiKey: server.key, serviceUrl: server.url }) }
}

async function flush() {
  for (let round = 0; round < 3; round++) {
    await flushTraces()
    await new Promise(setImmediate)
  }
}

/** An agent whose model and clock the test sees run. */
function agentOf(client: Bitfab, answer: (text: string) => unknown, suffix = '') {
  const ran: string[] = []
  const model = client.withSpan(
    'agent',
    { name: 'model', type: 'llm', mockOnReplay: true },
    async (text: string) => {
      ran.push('model')
      return answer(text)
    },
  )
  const clock = client.withSpan('agent', { name: 'clock', type: 'function' }, async () => {
    ran.push('clock')
    return new Map([['at', new Date(0)]])
  })
  const agent = client.withSpan('agent', { name: 'agent', type: 'agent' }, async (text: string) => {
    const [said, times] = [await model(text), await clock()]
    if (text === 'bad') throw new Error('bad')
    return { said, at: times.get('at'), suffix }
  })
  return { agent, ran }
}

function replays(name: keyof typeof stores): void {
  test('arrives: replays, which answer calls from recordings with their types, for each mode of mocks', async () => {
    const { client, store } = await start(name)
    await agentOf(client, text => `${text}?`).agent('a')
    await flush()
    const calls = { none: ['model', 'clock'], marked: ['clock'], all: [] }
    for (const mock of ['none', 'marked', 'all'] as const) {
      const { agent, ran } = agentOf(client, text => `${text}?`)
      const { items, testRunId } = await client.replay('agent', agent, { mock })
      await flush()
      const said = { said: 'a?', at: new Date(0), suffix: '' }
      expect(items).toMatchObject([{ input: ['a'], error: null, result: said, originalOutput: said }])
      expect(ran).toEqual(calls[mock])
      expect(await store.testRuns.get(testRunId)).toMatchObject({ status: 'completed', items: { same: 1 } })
    }
  })

  test('arrives: replays as test runs, with the code change, and how each result differs from its recording', async () => {
    const { client, store } = await start(name)
    const { agent } = agentOf(client, text => text)
    for (const text of ['a', 'b', 'bad']) await agent(text).catch(() => {})
    await flush()
    const changed = agentOf(client, text => (text === 'a' ? 'A' : text))
    const { testRunId, testRunUrl } = await client.replay('agent', changed.agent, {
      codeChangeDescription: 'louder',
      codeChangeFiles: [{ path: 'a.ts', before: 'x', after: 'y' }],
    })
    await flush()
    expect(await store.testRuns.get(testRunId)).toMatchObject({
      ...{ key: 'agent', status: 'completed', codeChangeDescription: 'louder' },
      codeChangeFiles: [{ path: 'a.ts', before: 'x', after: 'y' }],
      items: { recorded: 3, same: 2, changed: 1, unknown: 0, failed: 0 },
    })
    expect(testRunUrl).toMatch(new RegExp(`^http://127.*/v1/test-runs/${testRunId}$`))
    const { items } = await store.testRuns.items(testRunId)
    const failed = items.find(({ error }) => error !== null)
    expect(failed).toMatchObject({ outcome: 'same', error: 'bad', originalError: 'bad' })
    expect((await store.traces.list({})).items).toHaveLength(3)
  })

  test('traces of the client and of the store can be replayed by their ids, whatever the limit', async () => {
    const { client, store } = await start(name)
    const { agent } = agentOf(client, text => text)
    for (const text of ['a', 'b']) await agent(text)
    await flush()
    const traces = await Promise.all(
      (await store.traces.list({})).items.map(({ traceId }) => store.traces.get(traceId)),
    )
    const ids = traces.map(trace => String((trace?.root.metadata?.bitfab as { traceId?: string })?.traceId))
    const [first] = traces
    const byStore = await client.replay('agent', agent, { traceIds: [String(first?.traceId)], limit: 2 })
    expect(byStore.items).toHaveLength(1)
    expect((await client.replay('agent', agent, { traceIds: ids })).items).toHaveLength(2)
    await expect(client.replay('agent', agent, { traceIds: ['none'] })).rejects.toThrow(/these ids: none/)
    await expect(client.replay('agent', agent, { traceIds: [] })).rejects.toThrow(/1 to 100/)
    await expect(client.replay('agent', agent, { limit: 101 })).rejects.toThrow(/1 to 100/)
    expect((await client.replay('other', agent)).items).toEqual([])
    await flush()
  })

  test('two servers of one store record and replay, and one that was started again', async () => {
    const { client, store, server, connect } = await start(name)
    const { agent } = agentOf(client, text => text)
    await agent('a')
    await flush()
    const other = await startServer((await connect?.()) ?? store, {}, undefined)
    atEnd(other.close)
    const elsewhere = new Bitfab({ apiKey: other.key, serviceUrl: other.url })
    const replayed = agentOf(elsewhere, text => text)
    const { testRunId, items } = await elsewhere.replay('agent', replayed.agent, { mock: 'all' })
    await flush()
    expect([items.length, replayed.ran]).toEqual([1, []])
    await server.close()
    const again = await startServer(store, {}, server)
    atEnd(again.close)
    const { items: after } = await client.replay('agent', agent, { mock: 'all' })
    await flush()
    expect(after).toMatchObject([{ error: null, result: { said: 'a' } }])
    expect(await store.testRuns.get(testRunId)).toMatchObject({ items: { same: 1 } })
  })
}

describe(`client: bitfab ${versionOf('bitfab')}`, () => replays('memory'))
describe('a server in front of SQLite', () => replays('SQLite'))
describe('a server in front of Postgres', () => replays('Postgres'))
