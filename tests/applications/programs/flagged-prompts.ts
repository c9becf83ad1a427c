// Prompts come from a flag file; each answer is its own run, with feedback and a score.
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AIConfigDefault, createClient, type FlagSource } from '@runtape/client'
import { instrumentOpenAI } from '@runtape/openai'
import { traced } from '@runtape/trace'
import OpenAI from 'openai'
import type { Application } from '../support/application.ts'
import { changing } from '../support/changing.ts'
import { effect } from '../support/effects.ts'
import { recorder } from '../support/tape.ts'

const openai = instrumentOpenAI(new OpenAI())
const settings = { variation: 'plain' }

const prompts: Readonly<Record<string, string>> = {
  plain: 'You are {{ tone }}. Write to {{ ldctx.key }}.',
  friendly: 'You are very {{ tone }}. Write to {{ ldctx.key }}.',
}

// A flag source has one method: this one has its flags in memory, like a test double of a flag service.
const flags: FlagSource = {
  evaluate: async () => ({
    value: {
      _ldMeta: { enabled: true },
      model: { name: 'gpt-5-mini' },
      messages: [{ role: 'system', content: prompts[settings.variation] }],
    },
    variationKey: settings.variation,
    version: 3,
  }),
}
const runtape = createClient({ flags, sink: recorder })
const fallback = new AIConfigDefault({ model: { name: 'gpt-5-nano' } })

const outbox = mkdtempSync(join(tmpdir(), 'outbox-'))
const deliver = traced(
  'newsletter.deliver',
  { type: 'tool', mockOnReplay: true },
  async (to: string, text: string) => {
    effect('newsletter deliver')
    writeFileSync(join(outbox, `${to}.txt`), text)
    return { to, bytes: Buffer.byteLength(text), raw: Buffer.from(text.slice(0, 4)) }
  },
)

const write = traced('newsletter.write', async (reader: string, topic: string) => {
  const context = { kind: 'user', key: reader }
  const config = await runtape.completionConfig('newsletter', context, fallback, { tone: 'kind' })
  const tracker = config.createTracker()
  return tracker.run(async () => {
    const messages = [...(config.messages ?? []), { role: 'user' as const, content: topic }]
    const { choices } = await openai.chat.completions.create({ model: config.model?.name ?? '', messages })
    const text = choices[0]?.message.content ?? ''
    const { bytes, raw } = await deliver(reader, text)
    tracker.trackToolCall({ name: 'deliver' })
    return { text, bytes, raw: raw.toString('hex'), variation: settings.variation }
  })
})

export const application: Application = {
  name: 'prompts from flags',
  entry: write,
  inputs: [
    ['ada', 'kettles'],
    ['bo', 'tea in spring'],
  ],
  asksModel: true,
  change: {
    make: changing(settings, { variation: 'friendly' }),
    reports: {
      drifted: ['newsletter.deliver'],
      changed: ['newsletter.deliver', 'openai.chat.completions'],
    },
  },
}
