import { modelSpan } from '@runtape/provider'
import type { SpanDefinition } from '@runtape/trace'

/** One of the client's operations that calls a model. */
export interface Operation {
  readonly definition: SpanDefinition
  /** What its answers look like: the same for every vendor, or each vendor's own. */
  readonly speaks: 'converse' | 'vendor'
  /** The member of its output that is a stream of events, where there is one. */
  readonly stream?: 'stream' | 'body'
}

const operations = new Map<unknown, Operation>([
  ['ConverseCommand', { definition: modelSpan('bedrock.converse'), speaks: 'converse' }],
  [
    'ConverseStreamCommand',
    { definition: modelSpan('bedrock.converse-stream'), speaks: 'converse', stream: 'stream' },
  ],
  ['InvokeModelCommand', { definition: modelSpan('bedrock.invoke-model'), speaks: 'vendor' }],
  [
    'InvokeModelWithResponseStreamCommand',
    { definition: modelSpan('bedrock.invoke-model-stream'), speaks: 'vendor', stream: 'body' },
  ],
])

/** The operation that a command is, or `undefined` for one that calls no model or cannot be recorded. */
export const operationOf = (commandName: unknown): Operation | undefined => operations.get(commandName)
