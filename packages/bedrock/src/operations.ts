import type { SpanDefinition } from '@runtape/trace'
import { defineSpan } from '@runtape/trace/provider'

/** One of the client's operations that calls a model. */
export interface Operation {
  readonly definition: SpanDefinition
  /** What its answers look like: the same for every vendor, or each vendor's own. */
  readonly speaks: 'converse' | 'vendor'
  /** The member of its output that is a stream of events, where there is one. */
  readonly stream?: 'stream' | 'body'
}

const definitionOf = (key: string) => defineSpan(key, { type: 'model' })

const operations = new Map<unknown, Operation>([
  ['ConverseCommand', { definition: definitionOf('bedrock.converse'), speaks: 'converse' }],
  [
    'ConverseStreamCommand',
    { definition: definitionOf('bedrock.converse-stream'), speaks: 'converse', stream: 'stream' },
  ],
  ['InvokeModelCommand', { definition: definitionOf('bedrock.invoke-model'), speaks: 'vendor' }],
  [
    'InvokeModelWithResponseStreamCommand',
    { definition: definitionOf('bedrock.invoke-model-stream'), speaks: 'vendor', stream: 'body' },
  ],
])

/** The operation that a command is, or `undefined` for one that calls no model or cannot be recorded. */
export const operationOf = (commandName: unknown): Operation | undefined => operations.get(commandName)
