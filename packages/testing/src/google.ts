export {
  type GoogleBehaviour,
  type GoogleContractCase,
  type GoogleFeature,
  type GoogleOptions,
  type GoogleSdk,
  type GoogleSubject,
  googleHas,
  startFakeGoogle,
} from './google/case.ts'
export { googleContractCases } from './google/cases.ts'
export { collect, outcome, question } from './google/observations.ts'
export {
  breakAfter,
  call,
  chunks,
  errorOf,
  event,
  events,
  failure,
  generated,
  hang,
  json,
  printed,
  send,
  sse,
  stream,
  text,
  thought,
  usageMetadata,
} from './google/replies.ts'
export type { Instrumentation } from './host/differential.ts'
export type { FakeHost, HostRequest, Reply } from './host/fake-host.ts'
export { cut, inTurn, reset, textAs } from './host/replies.ts'
