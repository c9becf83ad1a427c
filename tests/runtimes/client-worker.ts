// Runs in workerd: serves an AI config of a flag source, and sends what its run recorded to a server.
import { AIConfigDefault, createClient, type FlagSource, type Sink } from '@runtape/client'
import type { TapeRecord } from '@runtape/core'
import { httpStore } from '@runtape/store-http'

interface Env {
  readonly RUNTAPE_URL: string
  readonly RUNTAPE_KEY: string
}
interface Context {
  waitUntil(work: Promise<unknown>): void
}

const value = {
  _ldMeta: { enabled: true, variationKey: 'brief', version: 3 },
  model: { name: 'gpt-5-mini' },
  messages: [{ role: 'system', content: 'Answer {{name}}.' }],
}
const flags: FlagSource = { evaluate: async () => ({ value }) }

export default {
  async fetch(_: Request, { RUNTAPE_URL: url, RUNTAPE_KEY: key }: Env, around: Context): Promise<Response> {
    const records: TapeRecord[] = []
    const sink: Sink = {
      append: record => void records.push(record),
      flush: async () => {},
      close: async () => {},
    }
    const client = createClient({ flags, sink })
    const user = { kind: 'user', key: 'ann' }
    const config = await client.completionConfig('support', user, AIConfigDefault.disabled(), { name: 'Ann' })
    config.createTracker().trackTokens({ input: 42, output: 8, total: 50 })
    const store = httpStore({ url, key })
    around.waitUntil(store.append(records).finally(() => store.close()))
    return Response.json([config.model?.name, config.messages])
  },
}
