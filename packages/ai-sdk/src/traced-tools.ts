import { fieldsOf } from '@runtape/provider'
import { definitionOf, type TracedOptions, traced } from '@runtape/trace'

/** Options for the calls of tools: see `TracedOptions`. */
export type TracedToolsOptions = Pick<TracedOptions, 'mockOnReplay' | 'redact' | 'capture' | 'deterministic'>

type Execute = (this: unknown, input: unknown, options: unknown) => unknown

/**
 * The same tools with each execution recorded as a span of key `ai-sdk.tool` and the tool's name, with input and result; model
 * calls and traced functions inside are its children. Tools with preliminary results keep them. A tool without `execute`, or with
 * a traced `execute`, is returned unchanged.
 *
 * With `mockOnReplay` a replay answers the executions from the tape. Default: they run again.
 *
 * @example
 * ```ts
 * import { openai } from '@ai-sdk/openai'
 * import { tracedTools } from '@runtape/ai-sdk'
 * import { generateText, tool } from 'ai'
 * import { z } from 'zod'
 *
 * const inputSchema = z.object({ order: z.string() })
 * const refund = tool({ inputSchema, execute: async ({ order }) => ({ order, refunded: true }) })
 * const tools = tracedTools({ refund }, { mockOnReplay: true })
 * await generateText({ model: openai('gpt-5-mini'), tools, prompt: 'Give me my money back.' })
 * ```
 */
export function tracedTools<T extends Readonly<Record<string, object>>>(
  tools: T,
  options: TracedToolsOptions = {},
): T {
  const wrapped = Object.entries(tools).map(([name, tool]) => [name, tracedTool(name, tool, options)])
  return Object.fromEntries(wrapped) as T
}

function tracedTool(name: string, tool: object, options: TracedToolsOptions): object {
  const { execute } = fieldsOf(tool)
  if (typeof execute !== 'function' || isTraced(tool)) return tool
  const copy = Object.create(Object.getPrototypeOf(tool), Object.getOwnPropertyDescriptors(tool))
  const value = tracedExecute(name, execute as Execute, options)
  return Object.defineProperty(copy, 'execute', {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  })
}

/** Whether the executions of this tool are already spans. */
export function isTraced(tool: unknown): boolean {
  const { execute } = fieldsOf(tool)
  return traces.has(execute as object) || definitionOf(execute) !== undefined
}

const traces = new WeakSet<object>()

// Only the model's arguments are recorded: with messages and ids no changed prompt would find its answers.
function tracedExecute(name: string, execute: Execute, options: TracedToolsOptions): Execute {
  const wrapped: Execute = function (input, call) {
    const { abortSignal } = fieldsOf(call)
    const args = abortSignal instanceof AbortSignal ? [input, abortSignal] : [input]
    const run = (asked: unknown) => execute.call(this, asked, call)
    const recorded = traced('ai-sdk.tool', { name, type: 'tool', ...options }, run)
    return (recorded as (...given: unknown[]) => unknown)(...args)
  }
  traces.add(wrapped)
  return wrapped
}
