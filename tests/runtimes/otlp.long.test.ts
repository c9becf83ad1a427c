import { httpStore } from '@runtape/store-http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { agentTrace, sendSpans } from '../../packages/server/test/clients/sent-spans.ts'
import { startWorkerd, type Workerd } from './support/workerd.ts'

let workerd: Workerd
beforeAll(async () => {
  workerd = await startWorkerd(new URL('server-worker.ts', import.meta.url))
})
afterAll(() => workerd.close())

test('spans of OpenTelemetry arrive at a server in workerd, and are billed once', async () => {
  const response = await fetch(`${workerd.url}/new`, { method: 'POST' })
  const { key } = (await response.json()) as { readonly key: string }
  const { url } = workerd
  for (const sent of [...agentTrace.toReversed().map(span => [span]), agentTrace])
    expect((await sendSpans({ url, key }, sent)).status).toBe(200)
  const store = httpStore({ url, key })
  expect((await store.runs.usage({}))[0]).toMatchObject({ runs: 1, tokens: { input: 21, output: 3 } })
  expect((await store.traces.get('a'.repeat(32)))?.spans).toHaveLength(7)
})
