// A chat that streams its answer word by word, and remembers what was said in each conversation.
import { instrumentOpenAI } from '@runtape/openai'
import { traced } from '@runtape/trace'
import OpenAI from 'openai'
import type { Application } from '../support/application.ts'
import { changing } from '../support/changing.ts'
import { effect } from '../support/effects.ts'

const openai = instrumentOpenAI(new OpenAI())
const settings = { maxMessages: 6 }

type Message = OpenAI.ChatCompletionMessageParam

const conversations = new Map<string, Message[]>()

const loadConversation = traced('chat.load', { mockOnReplay: true }, async (id: string) => {
  effect('chat load')
  return conversations.get(id) ?? []
})

const saveConversation = traced(
  'chat.save',
  { mockOnReplay: true },
  async (id: string, messages: Message[]) => {
    effect('chat save')
    conversations.set(id, messages)
  },
)

const chat = traced('chat.say', async function* (id: string, text: string) {
  const messages: Message[] = [...(await loadConversation(id)), { role: 'user', content: text }]
  const recent = messages.slice(-settings.maxMessages)
  const stream = await openai.chat.completions.create({ model: 'gpt-5-mini', messages: recent, stream: true })
  let answer = ''
  for await (const { choices } of stream) {
    const piece = choices[0]?.delta.content
    if (!piece) continue
    answer += piece
    yield piece
  }
  await saveConversation(id, [...messages, { role: 'assistant', content: answer }])
})

export const application: Application = {
  name: 'a streamed chat with memory',
  entry: chat,
  inputs: [
    ['c1', 'My kettle is broken.'],
    ['c1', 'It makes a noise like a train.'],
    ['c2', 'Do you sell teapots?'],
  ],
  asksModel: true,
  change: {
    make: changing(settings, { maxMessages: 1 }),
    // Only if a conversation has more than one message: then another answer is saved.
    reports: {
      outcome: 'changed|same',
      drifted: ['chat.save'],
      changed: ['chat.save', 'openai.chat.completions'],
    },
  },
}
