// An agent that calls a model five times inside tracker.run, and can be interrupted in several ways.
import { setTimeout as sleep } from 'node:timers/promises'
import { instrumentOpenAI } from '@runtape/openai'
import { createRecorder } from '@runtape/recorder'
import { sqliteStore } from '@runtape/store-sqlite'
import { createTracker, resumeTracker } from '@runtape/tracker'
import OpenAI from 'openai'

const [, , path = '', baseURL = '', way = '', token = ''] = process.argv
const sink = createRecorder({ store: sqliteStore(path) })
const openai = instrumentOpenAI(new OpenAI({ apiKey: 'none', baseURL, maxRetries: 0 }))
const tracker = token ? resumeTracker({ sink, token }) : createTracker({ sink, configKey: 'support-answer' })
process.send?.(tracker.resumptionToken)
process.disconnect()

const question = { model: 'fake', messages: [{ role: 'user' as const, content: 'Where is my order?' }] }
const askTimes = async (times: number) => {
  for (let turn = 0; turn < times; turn++) await openai.chat.completions.create(question)
}
const askForStream = () =>
  openai.chat.completions.create({ ...question, stream: true, stream_options: { include_usage: true } })

const ways: Record<string, () => unknown> = {
  loop: () => tracker.run(() => askTimes(5)),
  'loop-of-two': () => tracker.run(() => askTimes(2)),
  feedback: () => tracker.trackFeedback({ kind: 'negative' }) && tracker.trackError(new Error('killed')),
  'never-settles': () => {
    const never = tracker.run(() => askTimes(3).then(() => new Promise(() => {})))
    void Promise.resolve(never)
  },
  'times-out': async () => {
    await Promise.race([tracker.run(() => askTimes(5)), sleep(1_500)])
    process.exit()
  },
  'reads-later': async () => {
    const stream = await tracker.run(async () => {
      await askTimes(2)
      return askForStream()
    })
    for await (const _ of stream) await sleep(1)
  },
}
await ways[way]?.()
