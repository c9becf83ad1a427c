import { modelSpan } from '@runtape/provider'
import type { SpanDefinition } from '@runtape/trace'

/** A client operation that calls a model. */
export interface Operation {
  readonly definition: SpanDefinition
  /** Format of its answers: the same for every vendor, or each vendor's own. */
  readonly speaks: 'converse' | 'vendor'
  /** The member of its output that is an event stream, if any. */
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

/** The operation of a command, or `undefined` if it calls no model or cannot be recorded. */
export const operationOf = (commandName: unknown): Operation | undefined => operations.get(commandName)
