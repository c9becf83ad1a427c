export { type BedrockCalls, bedrockCalls } from './bedrock/calls.ts'
export {
  type BedrockBehaviour,
  type BedrockCommand,
  type BedrockContractCase,
  type BedrockSdk,
  type BedrockSubject,
  startFakeBedrock,
} from './bedrock/case.ts'
export { bedrockContractCases } from './bedrock/cases.ts'
export { collect, invocation, observedError, outcome, question } from './bedrock/observations.ts'
export {
  anthropicChunks,
  breakAfter,
  cacheHeaders,
  chunk,
  converseAnswer,
  event,
  exception,
  failure,
  hang,
  inPackets,
  invocationMetrics,
  invokeHeaders,
  json,
  send,
  stream,
  textEvents,
  toolEvents,
  usage,
} from './bedrock/replies.ts'
export type { Instrumentation } from './host/differential.ts'
export type { FakeHost, HostRequest, Reply } from './host/fake-host.ts'
export { cut, inTurn, reset } from './host/replies.ts'
