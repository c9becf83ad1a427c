import type { SpanRecord, TokenUsage } from '@runtape/core'
import type { SpanAttributes } from '../attributes/span-attributes.ts'
import { type Fields, known } from '../json.ts'
import { type Instruments, instrumentsOf } from './instruments.ts'
import type { MeterProvider } from './meter-provider.ts'
import { sharesOf } from './modalities.ts'

/** Records the metrics of the conventions from ended spans. */
export class CallMetrics {
  readonly #instruments: Instruments

  constructor(provider: MeterProvider) {
    this.#instruments = instrumentsOf(provider)
  }

  /** @param attributes of the exported span, before its limits */
  record(span: SpanRecord, attributes: SpanAttributes, isModelCall: boolean): void {
    // An answer from a tape took no time of a model, and cost no tokens.
    if (span.replay?.mocked || span.status === 'unfinished') return
    const seconds = span.durationMs / 1000
    if (isModelCall) return this.#modelCall(span, seconds, attributes)
    const { agent, tool, workflow } = this.#instruments
    const operation = attributes['gen_ai.operation.name']
    if (operation === 'invoke_agent') agent.record(seconds, pick(attributes, agentNames))
    if (operation === 'execute_tool') tool.record(seconds, pick(attributes, toolNames))
    if (operation === 'invoke_workflow') workflow.record(seconds, pick(attributes, workflowNames))
  }

  #modelCall({ usage, timeToFirstTokenMs }: SpanRecord, seconds: number, all: SpanAttributes): void {
    const { duration, firstChunk } = this.#instruments
    const attributes = pick(all, callNames)
    const { 'error.type': _, ...untyped } = attributes
    duration.record(seconds, attributes)
    // Providers tell it of streams alone.
    if (timeToFirstTokenMs !== undefined) firstChunk.record(timeToFirstTokenMs / 1000, untyped)
    if (usage) this.#usage(usage, attributes, untyped)
  }

  // Unknown usage is not recorded: a zero would lower every average and percentile.
  #usage(usage: TokenUsage, attributes: SpanAttributes, untyped: SpanAttributes): void {
    const { input, output, cacheRead, cacheWrite, reasoning, inputPerCall, outputPerCall } = this.#instruments
    inputPerCall.record(usage.input, attributes)
    outputPerCall.record(usage.output, attributes)
    const count = (counter: typeof input, total: number | undefined, of: Parameters<typeof sharesOf>[1]) => {
      if (total === undefined) return
      for (const [modality, tokens] of sharesOf(total, of))
        counter.add(tokens, { ...untyped, 'gen_ai.token.modality': modality })
    }
    count(input, usage.input, { audio: usage.inputAudio, image: usage.inputImage, video: usage.inputVideo })
    count(output, usage.output, {
      audio: usage.outputAudio,
      image: usage.outputImage,
      video: usage.outputVideo,
    })
    count(cacheRead, usage.cachedInput, { audio: usage.cachedInputAudio, image: usage.cachedInputImage })
    count(cacheWrite, usage.cacheWrite, {})
    count(reasoning, usage.reasoning, {})
  }
}

const callNames = [
  'gen_ai.operation.name',
  'gen_ai.provider.name',
  'gen_ai.request.model',
  'gen_ai.response.model',
  'server.address',
  'server.port',
  'error.type',
]
const agentNames = ['gen_ai.agent.name', 'error.type']
const workflowNames = ['gen_ai.workflow.name', 'error.type']
const toolNames = ['gen_ai.tool.name', 'gen_ai.tool.type', 'error.type']

const pick = (attributes: Fields, names: readonly string[]): SpanAttributes =>
  known(Object.fromEntries(names.map(name => [name, attributes[name]])))
