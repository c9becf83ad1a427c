import * as ai7 from 'ai'
import * as ai5 from 'ai-5'
import * as ai6 from 'ai-6'
import { expectTypeOf } from 'vitest'
import { z } from 'zod'
import { runtapeEmbeddingMiddleware, runtapeMiddleware, runtapeTelemetry, tracedTools } from './index.ts'

// It is a middleware of every major version, and a wrapped model keeps its type.
expectTypeOf(runtapeMiddleware()).toExtend<ai5.LanguageModelMiddleware>()
expectTypeOf(runtapeMiddleware()).toExtend<ai6.LanguageModelMiddleware>()
expectTypeOf(runtapeMiddleware()).toExtend<ai7.LanguageModelMiddleware>()
expectTypeOf(runtapeEmbeddingMiddleware()).toExtend<ai6.EmbeddingModelMiddleware>()
expectTypeOf(runtapeEmbeddingMiddleware()).toExtend<ai7.EmbeddingModelMiddleware>()
expectTypeOf(runtapeTelemetry()).toExtend<ai7.Telemetry>()

export const wrapped = [
  (model: Parameters<typeof ai5.wrapLanguageModel>[0]['model']) =>
    ai5.wrapLanguageModel({ model, middleware: [runtapeMiddleware()] }),
  (model: Parameters<typeof ai6.wrapLanguageModel>[0]['model']) =>
    ai6.wrapLanguageModel({ model, middleware: [runtapeMiddleware()] }),
  (model: Parameters<typeof ai7.wrapLanguageModel>[0]['model']) =>
    ai7.wrapLanguageModel({ model, middleware: [runtapeMiddleware()] }),
]

// Tools keep their types, so results are still typed by tool name.
const inputSchema = z.object({ city: z.string() })
const execute = async ({ city }: { city: string }) => ({ city, celsius: 21 })
const tools = { weather: ai7.tool({ inputSchema, execute }) }
expectTypeOf(tracedTools(tools)).toEqualTypeOf(tools)
expectTypeOf(tracedTools({ weather: ai6.tool({ inputSchema, execute }) })).toExtend<ai6.ToolSet>()
expectTypeOf(tracedTools({ weather: ai5.tool({ inputSchema, execute }) })).toExtend<ai5.ToolSet>()
