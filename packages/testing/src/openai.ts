export { abortOnceAsked } from './host/abort-once-asked.ts'
export type { Instrumentation } from './host/differential.ts'
export type { FakeHost, HostRequest, Reply } from './host/fake-host.ts'
export { cut, inTurn, reset, textAs } from './host/replies.ts'
export {
  type OpenAIBehaviour,
  type OpenAIContractCase,
  type OpenAIOptions,
  type OpenAISdk,
  type OpenAISubject,
  startFakeOpenAI,
} from './openai/case.ts'
export { openaiContractCases } from './openai/cases.ts'
export { collect, outcome, question, streamed } from './openai/observations.ts'
export {
  breakAfter,
  chunk,
  completion,
  events,
  failure,
  hang,
  json,
  send,
  sse,
  stream,
  textChunks,
  toolCall,
  usage,
} from './openai/replies.ts'
export {
  named,
  response,
  responseEvents,
  sendEvents,
  streamResponse,
  type TypedEvent,
} from './openai/response-replies.ts'
