/** The module that sets Runtape up in a Cloudflare Worker: records are sent to a Runtape server after the answer. */
export function workersModule(language: 'ts' | 'js'): string {
  const isTyped = language === 'ts'
  const type = (text: string) => (isTyped ? text : '')
  return `${type("import type { TapeRecord } from '@runtape/core'\n")}import { httpStore } from '@runtape/store-http'
import { configureTracing } from '@runtape/trace'
import { createTracker } from '@runtape/tracker'
${type(`
interface RuntapeEnv {
  /** Address of your Runtape server. */
  readonly RUNTAPE_URL: string
  /** A key with the role ingest: npx wrangler secret put RUNTAPE_KEY */
  readonly RUNTAPE_KEY: string
}
`)}
const waiting${type(': TapeRecord[]')} = []
const sink = {
  append: (record${type(': TapeRecord')}) => void waiting.push(record),
  flush: async () => {},
  close: async () => {},
}
configureTracing({ sink })

/** Counts the model calls in \`work\` as one run, once: await run('support-answer', () => openai.responses.create(…)) */
export function run${type('<T>')}(configKey${type(': string')}, work${type(': () => Promise<T>')})${type(': Promise<T>')} {
  return createTracker({ sink, configKey }).run(work)
}

/** Sends what was recorded. At the end of each request: context.waitUntil(sendRecords(env)) */
export async function sendRecords(env${type(': RuntapeEnv')})${type(': Promise<void>')} {
  const records = waiting.splice(0)
  if (records.length === 0) return
  const store = httpStore({ url: env.RUNTAPE_URL, key: env.RUNTAPE_KEY, timeoutMs: 5000 })
  try {
    await store.append(records)
  } catch (error) {
    // For the next request: a record that arrives twice is counted once.
    waiting.unshift(...records)
    console.warn('Runtape: the records could not be sent.', error)
  }
}
`
}
