// Moderation runs concurrently with the answer; a flagged question aborts the model's stream.
import { instrumentOpenAI } from '@runtape/openai'
import { traced } from '@runtape/trace'
import OpenAI from 'openai'
import type { Application } from '../support/application.ts'
import { changing } from '../support/changing.ts'
import { effect } from '../support/effects.ts'

const openai = instrumentOpenAI(new OpenAI())
const settings = { refusal: 'I cannot help with that.' }

const moderate = traced('moderation.check', { type: 'model', mockOnReplay: true }, async (text: string) => {
  effect('moderation check')
  const { results } = await openai.moderations.create({ input: text })
  return results[0]?.flagged === true
})

const draft = traced(
  'moderation.draft',
  { type: 'model', mockOnReplay: true },
  async function* (text: string, signal: AbortSignal) {
    effect('moderation draft')
    const messages = [{ role: 'user' as const, content: text }]
    const stream = await openai.chat.completions.create(
      { model: 'gpt-5-mini', messages, stream: true },
      { signal },
    )
    for await (const { choices } of stream) yield choices[0]?.delta.content ?? ''
  },
)

const answer = traced('moderation.answer', async (text: string) => {
  const controller = new AbortController()
  const flagged = moderate(text).then(isFlagged => {
    if (isFlagged) controller.abort()
    return isFlagged
  })
  const words: string[] = []
  try {
    for await (const word of draft(text, controller.signal)) words.push(word)
  } catch (error) {
    if (!controller.signal.aborted) throw error
  }
  return (await flagged) ? settings.refusal : words.join('')
})

export const application: Application = {
  name: 'moderation beside the answer',
  entry: answer,
  inputs: [['How do I make tea?'], [`How do I attack ${'a kettle and '.repeat(40)}?`]],
  change: {
    make: changing(settings, { refusal: 'No.' }),
    reports: { outcome: 'changed|same' },
  },
}
