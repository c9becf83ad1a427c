import type { AIConfigInit } from '@runtape/core'
import * as z from 'zod/mini'

// `zod/mini` keeps a bundle small: `aiConfigSchema` of `@runtape/schemas` would bring in four times as much. A property test
// holds the two together.

export const text = z.string()
export const unknownRecord = z.record(text, z.unknown())
/** The fields of an AI config as a flag source stores it. */
export const configShape = {
  enabled: z.exactOptional(z.boolean()),
  model: z.exactOptional(
    z.object({
      name: text,
      parameters: z.exactOptional(unknownRecord),
      custom: z.exactOptional(unknownRecord),
    }),
  ),
  provider: z.exactOptional(z.object({ name: text })),
  messages: z.exactOptional(
    z.array(z.object({ role: z.enum(['system', 'user', 'assistant']), content: text })),
  ),
  instructions: z.exactOptional(text),
  tools: z.exactOptional(z.array(z.looseObject({ name: text }))),
}

z.object(configShape) satisfies z.ZodMiniType<AIConfigInit>
