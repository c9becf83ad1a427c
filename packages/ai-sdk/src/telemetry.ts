import { RuntapeError } from '@runtape/core'
import { runInFrame } from '@runtape/core/internal'
import { contained, type Fields, fieldsOf } from '@runtape/provider'
import {
  captureInput,
  captureOutput,
  defineSpan,
  missing,
  type Span,
  startSpan,
} from '@runtape/trace/provider'
import { isTraced } from './traced-tools.ts'

/** An integration for `registerTelemetry` of `ai` 7. */
export interface RuntapeTelemetry {
  onStart(event: object): void
  onToolExecutionEnd(event: object): void
  onEnd(event: object): void
  onAbort(event: object): void
  executeTool<T>(options: object & { execute(): PromiseLike<T> }): Promise<T>
}

/**
 * Records the executions of all tools, like `tracedTools`, but without wrapping each one: tools of MCP servers and of third-party
 * agents. Tools wrapped by `tracedTools` are not recorded twice. It only observes: a replay runs such a tool again, and fails if
 * the tool is to be mocked, as under `mock: 'all'`.
 *
 * @example
 * ```ts
 * import { runtapeTelemetry } from '@runtape/ai-sdk'
 * import { registerTelemetry } from 'ai'
 *
 * registerTelemetry(runtapeTelemetry())
 * ```
 */
export function runtapeTelemetry(): RuntapeTelemetry {
  const toolsOf = new Map<unknown, Fields>()
  const open = new Map<string, Span>()
  const forget = (event: object) => void toolsOf.delete(fieldsOf(event).callId)
  return {
    onStart: event => {
      const { callId, tools } = fieldsOf(event)
      if (tools) toolsOf.set(callId, fieldsOf(tools))
    },
    executeTool: async event => {
      const { callId, toolCall } = fieldsOf(event)
      const { toolName, input } = fieldsOf(toolCall)
      const tool = toolsOf.get(callId)?.[String(toolName)]
      const span =
        tool && !isTraced(tool) ? contained(() => startToolSpan(String(toolName), input)) : undefined
      if (!span) return event.execute()
      open.set(idOf(event), span)
      refuse(span)
      return runInFrame(span.frame(), event.execute)
    },
    onToolExecutionEnd: event => {
      const span = open.get(idOf(event))
      open.delete(idOf(event))
      contained(() => span && endToolSpan(span, fieldsOf(fieldsOf(event).toolOutput)))
    },
    onEnd: forget,
    onAbort: forget,
  }
}

const idOf = (event: object): string => {
  const { callId, toolCallId, toolCall } = fieldsOf(event)
  return `${callId} ${toolCallId ?? fieldsOf(toolCall).toolCallId}`
}

const startToolSpan = (name: string, input: unknown): Span | undefined =>
  startSpan(toolSpan(name), ({ limits }) => captureInput([input], limits))

const toolSpan = (name: string) => defineSpan('ai-sdk.tool', { name, type: 'tool' })

/** The SDK offers no way to replace a tool's result. */
function refuse({ decision }: Span): void {
  if (decision.action === 'fail') throw decision.error
  if (decision.action === 'run') return
  const how = 'runtapeTelemetry() cannot answer it. Give the tool to tracedTools()'
  missing(decision, how)
  throw new RuntapeError('not-replayable', `The tape has an answer for this tool, but ${how}, or let it run.`)
}

function endToolSpan(span: Span, { type, error, output }: Fields): void {
  if (type === 'tool-error') span.end({ status: 'error', resultKind: 'promise', error })
  else span.end({ status: 'ok', resultKind: 'promise', output: captureOutput(output, span.tracing.limits) })
}
