import type OpenAI from 'openai'

type Messages = OpenAI.ChatCompletionMessageParam[]

const model = 'gpt-5-mini'
const question: Messages = [
  { role: 'system', content: 'Be brief.' },
  { role: 'user', content: 'Where is it?' },
]
const tools: OpenAI.ChatCompletionTool[] = [
  {
    type: 'function',
    function: {
      name: 'search',
      parameters: { type: 'object', properties: { order: { type: 'number' } } },
    },
  },
]

/** What applications do with the SDK of OpenAI. */
export function conversationWith(openai: OpenAI) {
  const ask = (messages: Messages) => openai.chat.completions.create({ model, messages })
  return {
    plain: () => ask(question),
    fails: () => ask([{ role: 'user', content: 'fail' }]).catch((error: unknown) => error),
    embeds: () => openai.embeddings.create({ model: 'text-embedding-3-small', input: 'parcel' }),
    looksAtImage: () =>
      ask([
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What is this?' },
            { type: 'image_url', image_url: { url: 'https://example.com/parcel.png' } },
          ],
        },
      ]),
    streams: async () => {
      const options = { stream: true, stream_options: { include_usage: true } } as const
      const chunks = await openai.chat.completions.create({ model, messages: question, ...options })
      for await (const _ of chunks);
    },
    /** Two calls, and the tool between them. */
    loops: async (search: (given: unknown) => Promise<unknown>) => {
      const first = await openai.chat.completions.create({ model, messages: question, tools })
      const message = first.choices[0]?.message as OpenAI.ChatCompletionMessage
      const [call] = message.tool_calls as OpenAI.ChatCompletionMessageFunctionToolCall[]
      const result = await search(JSON.parse(call?.function.arguments ?? ''))
      const answered = {
        role: 'tool',
        tool_call_id: call?.id ?? '',
        content: JSON.stringify(result),
      } as const
      await openai.chat.completions.create({ model, messages: [...question, message, answered], tools })
    },
  }
}
