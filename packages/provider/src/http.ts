export type { Answer, BodyReader } from './body/body-reader.ts'
export type { AlikeEvents, JsonLayout, RecordedAnswer } from './recorded/recorded-answer.ts'
export { eachEvent, eventText, eventTexts } from './recorded/recorded-answer.ts'
export { dataOf, eventIn } from './sse/event-data.ts'
export type { EventFilter, EventRules, Fold } from './sse/event-rules.ts'
export { type EventTemplate, eventTemplates, type TemplateFields } from './sse/event-template.ts'
export { SseBodyReader, type SseBodyReaderOptions } from './sse/sse-body-reader.ts'
export {
  type Asked,
  contractVersion,
  type Endpoint,
  type Fetch,
  type HttpProvider,
  type SentRequest,
} from './transport/http-provider.ts'
export type { ModelRequest } from './transport/model-request.ts'
export type { RequestEdit } from './transport/request-edit.ts'
export type { RetryRule } from './transport/sdk-retry.ts'
export { type ClientTap, instrumentClient, type StainlessClient } from './transport/stainless-client.ts'
export type { TapOptions } from './transport/tap.ts'
export { isTapped, tapFetch, tapGlobalFetch } from './transport/tap-fetch.ts'
