import * as z from 'zod'
import { text } from '../records.ts'

/** Milliseconds since the Unix epoch. */
export const time = z.number()
export const count = z.int().nonnegative()
export const limit = z.int().min(1)

export const pointInTimeSchema = z.union([z.number(), text, z.date()])

// A schema of its own, so that it has a name in a document.
export const revisionSchema = z.string()

/** Fields of `AsOf`. */
export const asOf = { asOf: pointInTimeSchema.exactOptional() }

export const asOfSchema = z.strictObject(asOf)

/** For reads of now and calls without a query. */
export const noQuerySchema = z.strictObject({})

/** Fields of the queries that return a page. */
export const paging = { limit: limit.exactOptional(), cursor: text.exactOptional() }

export const period = {
  since: pointInTimeSchema.exactOptional(),
  until: pointInTimeSchema.exactOptional(),
}

/** Fields of `ListQuery`. */
export const listing = { ...asOf, ...period, ...paging }

export const pageOf = <T extends z.ZodType>(item: T) =>
  z.object({
    items: z.array(item),
    nextCursor: text.exactOptional(),
    previousCursor: text.exactOptional(),
  })
