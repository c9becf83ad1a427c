import { completion, json } from '@runtape/testing/openai'
import { beforeEach } from 'vitest'
import { setUp } from './set-up.ts'

const messages = [{ role: 'user' as const, content: 'Time?' }]

/** A set-up for answers with any usage, and the warnings of each test. */
export function setUpWarned() {
  const given = setUp()
  const warnings: string[] = []
  beforeEach(() => {
    warnings.length = 0
    given.trace({ logger: { warn: message => void warnings.push(message) } })
  })
  return {
    given,
    warnings,
    messages,
    ask: () => given.client().chat.completions.create({ model: 'gpt-test', messages }),
    told: (usage: unknown) => json({ ...completion('Noon.'), usage }),
    host: () => new URL(given.fake.url).host,
  }
}
