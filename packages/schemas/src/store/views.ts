import * as z from 'zod'
import { text, unknownRecord } from '../records.ts'
import { time } from './lists.ts'

const fields = {
  name: text.min(1),
  filter: text,
  settings: unknownRecord.exactOptional(),
  by: text.exactOptional(),
}

export const savedViewSchema = z.object({ ...fields, at: time, version: z.int() })

export const viewPutSchema = z.strictObject({ ...fields, version: z.int().exactOptional() })

export const viewRemovalSchema = z.strictObject({ version: z.int().exactOptional() })
