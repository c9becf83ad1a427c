import { en } from 'zod/locales'
import type * as z from 'zod/mini'

const { localeError } = en()

/** The value, or what is wrong with it, in English whatever the application has set for its own schemas. */
export const check = <T extends z.ZodMiniType>(
  schema: T,
  value: unknown,
): z.core.util.SafeParseResult<z.output<T>> => schema.safeParse(value, { error: localeError })

/** What is wrong, without the words that all findings begin with. */
export const findingOf = ({ message }: z.core.$ZodIssue): string => message.replace(/^Invalid input: /, '')
