import { type AIConfigInit, RuntapeError, type TapeRecord } from '@runtape/core'
import * as z from 'zod'
import { tapeRecordSchema, text, unknownRecord } from './records.ts'

// A separate package, so that code which only writes records loads no validator.

export {
  payloadSchema,
  runEventSchema,
  spanRecordSchema,
  tapeRecordSchema,
  tokenUsageSchema,
} from './records.ts'

/**
 * Validates a record from outside: a file, a request, another process.
 *
 * @throws {RuntapeError} `invalid-record`, with the path of each problem.
 */
export function parseRecord(input: unknown): TapeRecord {
  const result = tapeRecordSchema.safeParse(input)
  if (result.success) return result.data
  throw new RuntapeError('invalid-record', `Not a run event or a span: ${describeIssues(result.error)}.`)
}

/** A validator's findings in one line: `path: message; path: message`. */
export function describeIssues(error: z.ZodError): string {
  return error.issues.map(describeIssue).join('; ')
}

function describeIssue({ path, message }: z.core.$ZodIssue): string {
  return `${path.join('.') || 'the value'}: ${message.replace(/^Invalid input: /, '')}`
}

const messageSchema = z.object({ role: z.enum(['system', 'user', 'assistant']), content: text })

/** An AI config as a flag source stores it. Unknown fields are ignored. */
export const aiConfigSchema = z.object({
  enabled: z.boolean().exactOptional(),
  model: z
    .object({ name: text, parameters: unknownRecord.exactOptional(), custom: unknownRecord.exactOptional() })
    .exactOptional(),
  provider: z.object({ name: text }).exactOptional(),
  messages: z.array(messageSchema).exactOptional(),
  instructions: text.exactOptional(),
  tools: z.array(z.looseObject({ name: text })).exactOptional(),
}) satisfies z.ZodType<AIConfigInit>
