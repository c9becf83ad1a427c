import { setTimeout as pause } from 'node:timers/promises'
import { type ChatCompletionRequest, LLMock } from '@copilotkit/aimock'
import { readPrompt, tokensIn } from './read-request.ts'
import { sortTicket } from './sort-ticket.ts'
import { writeAnswer } from './write-answer.ts'

// Milliseconds to the first token, and chunks per second: the smaller model is faster.
const small = { ttft: 35, tps: 260 }
const large = { ttft: 80, tps: 180 }

const wantsJson = (request: ChatCompletionRequest) => readPrompt(request).system.includes('Answer in JSON')
const isSmall = (request: ChatCompletionRequest) => /nano|micro/.test(request.model)

const sorts = (request: ChatCompletionRequest) => JSON.stringify(sortTicket(readPrompt(request)))
const writes = (request: ChatCompletionRequest) => writeAnswer(readPrompt(request))

/** Providers sometimes filter content; the stand-in filters tickets with threats. */
const filtered = {
  status: 400,
  error: {
    message: 'The prompt was filtered by the content policy.',
    type: 'invalid_request_error',
    code: 'content_filter',
  },
}

const respond = (content: (request: ChatCompletionRequest) => string) => (request: ChatCompletionRequest) => {
  const { system, user } = readPrompt(request)
  if (/I post the pictures/i.test(user)) return filtered
  const text = content(request)
  return {
    content: text,
    usage: { prompt_tokens: tokensIn(system + user), completion_tokens: tokensIn(text) },
  }
}

/** A model server on loopback: real HTTP, the wire formats of OpenAI and Bedrock, answers by ticket and prompt. */
export async function startStandIn(): Promise<{ url: string; stop(): Promise<void> }> {
  const server = new LLMock({ host: '127.0.0.1', port: 0, logLevel: 'silent', journalMaxEntries: 1 })
  server.on({ predicate: wantsJson }, async request => pause(25, respond(sorts)(request)))
  server.on({ predicate: isSmall }, respond(writes), { chunkSize: 14, streamingProfile: small })
  server.on({ predicate: () => true }, respond(writes), { chunkSize: 14, streamingProfile: large })
  await server.start()
  return { url: server.url, stop: async () => void (await server.stop()) }
}
