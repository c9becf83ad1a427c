import * as z from 'zod'
import { text } from '../../records.ts'
import { count } from '../lists.ts'
import { storedPayloadSchema } from '../traces/traces.ts'

const texts = z.array(text).exactOptional()
const kinds = ['served', 'drifted', 'missed', 'overridden', 'ran', 'unused', 'not-reached'] as const

export const itemCallSchema = z.object({
  kind: z.enum(kinds),
  key: text,
  name: text,
  sourceSpanId: text.exactOptional(),
  reason: text,
  count: z.int().exactOptional(),
  cause: text.exactOptional(),
  ran: z.literal(true).exactOptional(),
  recordedInput: storedPayloadSchema.exactOptional(),
  input: storedPayloadSchema.exactOptional(),
  notOnTape: texts,
  unknownInput: text.exactOptional(),
  notes: texts,
  unlikeThis: texts,
})

export const itemCallCountsSchema = z.object({
  served: count,
  drifted: count,
  missed: count,
  overridden: count,
  ran: count,
  unused: count,
  'not-reached': count,
  missedAndRan: count,
  unknownInputs: count,
  unlikeThis: count,
})

const parts = z.array(z.enum(['input', 'output', 'error'])).exactOptional()

export const itemCallDifferenceSchema = z.object({
  key: text,
  name: text,
  parentKey: text,
  sourceSpanId: text.exactOptional(),
  spanId: text.exactOptional(),
  changed: parts,
  unknown: parts,
  values: text.exactOptional(),
  before: z.enum(['same', 'other']).exactOptional(),
})

const differences = z.array(itemCallDifferenceSchema)

export const itemDiffSchema = z.object({
  added: differences,
  removed: differences,
  reordered: differences,
  changed: differences,
  unknown: differences.exactOptional(),
  notSeen: differences.exactOptional(),
})
