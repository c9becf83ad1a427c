import type { SpanRecord, TokenUsage } from '@runtape/core'
import { contentOf } from '../content/content.ts'
import { type Fields, known } from '../json.ts'
import { answerOf, outputType } from './answer.ts'
import type { Failure } from './failure.ts'
import { callsModel, type Operation } from './operation.ts'
import { requestAttributes } from './request.ts'
import type { SpanAttributes } from './span-attributes.ts'

/** The AI config of a run. */
export interface Prompt {
  readonly name: string
  readonly version: string
}

export interface Facts {
  readonly operation: Operation | undefined
  readonly provider: string | undefined
  /** The body of a model call. */
  readonly body: Fields
  readonly failure: Failure | undefined
  /** Whether content is exported. */
  readonly content: boolean
  /** Known if the events of the run reach this sink. */
  readonly prompt: Prompt | undefined
}

/** All attributes of a span: named by the conventions if possible, otherwise under `runtape.`. */
export function attributesOf(record: SpanRecord, facts: Facts): SpanAttributes {
  const { operation, provider, body, failure, content, prompt } = facts
  return {
    ...known({
      'gen_ai.operation.name': operation,
      'gen_ai.provider.name': operation && provider,
      'gen_ai.conversation.id': record.sessionId,
      'error.type': failure?.type,
    }),
    ...(callsModel(operation) && {
      ...requestAttributes(body),
      ...known({
        'gen_ai.output.type': outputType(operation, body),
        'gen_ai.prompt.name': prompt?.name,
        'gen_ai.prompt.version': prompt?.version,
      }),
      ...answerAttributes(record),
    }),
    ...(operation === 'execute_tool' && { 'gen_ai.tool.name': record.name, 'gen_ai.tool.type': 'function' }),
    ...(operation === 'invoke_workflow' && { 'gen_ai.workflow.name': record.name }),
    ...(operation === 'invoke_agent' && { 'gen_ai.agent.name': record.name }),
    ...ownAttributes(record),
    ...(content && contentOf(record, operation, body)),
  }
}

function answerAttributes({
  model,
  usage,
  metadata,
  output,
  timeToFirstTokenMs,
  status,
}: SpanRecord): SpanAttributes {
  const { id, finishReasons } = answerOf(output)
  const finish = metadata?.finishReason
  const first = typeof finish === 'string' ? [finish] : undefined
  return {
    ...known({
      'gen_ai.response.model': model,
      'gen_ai.response.id': id,
      'gen_ai.response.finish_reasons':
        finishReasons ?? first ?? (isLeft(status) ? ['cancelled'] : undefined),
      // In seconds.
      'gen_ai.response.time_to_first_chunk':
        timeToFirstTokenMs === undefined ? undefined : timeToFirstTokenMs / 1000,
    }),
    ...(usage && usageAttributes(usage)),
  }
}

/** The application read no further: the model's own reason is not known. */
const isLeft = (status: SpanRecord['status']): boolean => status === 'cancelled' || status === 'abandoned'

// Only on model calls: a sum over a trace must not count the same tokens at two levels.
function usageAttributes(usage: TokenUsage): SpanAttributes {
  return known({
    'gen_ai.usage.input_tokens': usage.input,
    'gen_ai.usage.output_tokens': usage.output,
    'gen_ai.usage.cache_read.input_tokens': usage.cachedInput,
    'gen_ai.usage.cache_write.input_tokens': usage.cacheWrite,
    'gen_ai.usage.reasoning.output_tokens': usage.reasoning,
    'gen_ai.usage.audio.input_tokens': usage.inputAudio,
    'gen_ai.usage.audio.output_tokens': usage.outputAudio,
    'gen_ai.usage.image.input_tokens': usage.inputImage,
    'gen_ai.usage.image.output_tokens': usage.outputImage,
    'gen_ai.usage.video.input_tokens': usage.inputVideo,
    'gen_ai.usage.video.output_tokens': usage.outputVideo,
  })
}

function ownAttributes(record: SpanRecord): SpanAttributes {
  const { key, type, status, runId, timeToFirstTokenMs, tags, replay } = record
  return known({
    'runtape.key': key,
    'runtape.type': type,
    'runtape.status': status,
    'runtape.run_id': runId,
    'runtape.time_to_first_token_ms': timeToFirstTokenMs,
    'runtape.tags': tags && [...tags],
    ...metadataAttributes(record),
    'runtape.replay.test_run_id': replay?.testRunId,
    'runtape.replay.source_trace_id': replay?.sourceTraceId,
    'runtape.replay.source_span_id': replay?.sourceSpanId,
    'runtape.replay.mocked': replay?.mocked,
  })
}

function metadataAttributes({ metadata = {} }: SpanRecord): SpanAttributes {
  const plain = Object.entries(metadata).filter(([, value]) => isPlain(value))
  return Object.fromEntries(plain.map(([name, value]) => [`runtape.metadata.${name}`, value]))
}

const isPlain = (value: unknown) => ['string', 'number', 'boolean'].includes(typeof value)
