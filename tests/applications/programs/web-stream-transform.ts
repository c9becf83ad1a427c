// An answer as a web stream: teed for a log, decoded, split into sentences, passed on.
import { instrumentOpenAI } from '@runtape/openai'
import { traced } from '@runtape/trace'
import OpenAI from 'openai'
import type { Application } from '../support/application.ts'
import { changing } from '../support/changing.ts'
import { effect } from '../support/effects.ts'

const openai = instrumentOpenAI(new OpenAI())
const settings = { loud: false }

const speech = traced('speech.model', { type: 'model', mockOnReplay: true }, async (text: string) => {
  effect('speech model')
  const stream = await openai.chat.completions.create({
    model: 'gpt-5-mini',
    messages: [{ role: 'user', content: text }],
    stream: true,
  })
  return stream.toReadableStream() as ReadableStream<Uint8Array>
})

const log = traced('speech.log', { mockOnReplay: true }, async (bytes: number) => {
  effect('speech log')
  return bytes
})

const contentOf = () => {
  let rest = ''
  return new TransformStream<string, string>({
    transform: (text, controller) => {
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        const { choices } = JSON.parse(line) as OpenAI.ChatCompletionChunk
        const content = choices[0]?.delta.content
        if (content) controller.enqueue(settings.loud ? content.toUpperCase() : content)
      }
    },
  })
}

const speak = traced('speech.speak', async (text: string) => {
  const [forUser, forLog] = (await speech(text)).tee()
  const logged = countBytes(forLog).then(log)
  const words = forUser.pipeThrough(new TextDecoderStream()).pipeThrough(contentOf())
  void logged
  return words
})

async function countBytes(stream: ReadableStream<Uint8Array>): Promise<number> {
  let bytes = 0
  for await (const { length } of stream) bytes += length
  return bytes
}

export const application: Application = {
  name: 'a model answer through web streams',
  entry: speak,
  inputs: [['Say hello to the world.'], ['One.']],
  change: { make: changing(settings, { loud: true }), reports: {} },
}
