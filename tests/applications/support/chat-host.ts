import {
  chunk,
  completion,
  type HostRequest,
  json,
  type Reply,
  stream,
  toolCall,
} from '@runtape/testing/openai'
import { answerTo, embeddingOf, type ModelAnswer } from './model.ts'
import { replyAsResponse } from './responses-host.ts'

/** Answers the endpoints of OpenAI that the programs use. */
export function modelReply(request: HostRequest): Reply | undefined {
  const { path, body } = request
  if (path.endsWith('/chat/completions')) return chatReply(answerTo(request), body.stream === true)
  if (path.endsWith('/responses')) return replyAsResponse(answerTo(request), body.stream === true)
  if (path.endsWith('/embeddings')) return json(embeddings(textsOf(body.input)))
  if (path.endsWith('/moderations')) return json(moderation(textsOf(body.input)))
  return undefined
}

function chatReply({ text, calls }: ModelAnswer, isStreamed: boolean): Reply {
  const tools = calls.map(({ name, args }, index) => toolCall(`call_${index}_${name}`, name, args))
  if (!isStreamed) return json(tools.length > 0 ? completion(null, { tool_calls: tools }) : completion(text))
  if (tools.length > 0) {
    const parts = tools.map((tool, index) => chunk({ tool_calls: [{ index, ...tool }] }))
    return stream(chunk({ role: 'assistant', content: null }), ...parts, chunk({}, 'tool_calls'))
  }
  const parts = text.match(/\S+\s*/g) ?? []
  return stream(
    chunk({ role: 'assistant', content: '' }),
    ...parts.map(content => chunk({ content })),
    chunk({}, 'stop'),
  )
}

const textsOf = (input: unknown): string[] => [input].flat().map(String)

const embeddings = (texts: readonly string[]) => ({
  object: 'list',
  model: 'text-embedding-3-small',
  data: texts.map((text, index) => ({ object: 'embedding', index, embedding: embeddingOf(text) })),
  usage: { prompt_tokens: texts.length, total_tokens: texts.length },
})

const moderation = (texts: readonly string[]) => ({
  id: 'modr-1',
  model: 'omni-moderation-latest',
  results: texts.map(text => ({
    flagged: text.includes('attack'),
    categories: { violence: text.includes('attack') },
    category_scores: { violence: text.includes('attack') ? 0.9 : 0.1 },
  })),
})
