import * as z from 'zod'
import { text } from '../../records.ts'
import { asOf, time } from '../lists.ts'

export const withdrawnSchema = z.object({ at: time, by: text.exactOptional() })

export const verdictSchema = z.object({
  pass: z.boolean(),
  by: text.exactOptional(),
  comment: text.exactOptional(),
  at: time.exactOptional(),
})

export const recordedVerdictSchema = z.object({
  ...verdictSchema.shape,
  traceId: text,
  withdrawn: withdrawnSchema.exactOptional(),
})

export const verdictsSchema = z.array(recordedVerdictSchema)

export const verdictWithdrawalSchema = z.strictObject({ by: text.exactOptional() })

export const verdictQuerySchema = z.strictObject({ ...asOf, traceId: text.exactOptional() })
