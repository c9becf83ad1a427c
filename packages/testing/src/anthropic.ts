export {
  type AnthropicBehaviour,
  type AnthropicContractCase,
  type AnthropicFeature,
  type AnthropicOptions,
  type AnthropicSdk,
  type AnthropicSubject,
  anthropicHas,
  startFakeAnthropic,
} from './anthropic/case.ts'
export { anthropicContractCases } from './anthropic/cases.ts'
export { collect, outcome, question, streamed } from './anthropic/observations.ts'
export {
  block,
  breakAfter,
  ended,
  event,
  events,
  failure,
  hang,
  json,
  jsonDelta,
  message,
  type NamedEvent,
  ping,
  send,
  sse,
  started,
  stream,
  text,
  textDelta,
  textEvents,
  toolUse,
  usage,
} from './anthropic/replies.ts'
export type { Instrumentation } from './host/differential.ts'
export type { FakeHost, HostRequest, Reply } from './host/fake-host.ts'
export { cut, inTurn, reset, textAs } from './host/replies.ts'
