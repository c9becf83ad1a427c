import type { TraceQuery } from '@runtape/core'
import type { Args } from './args.ts'
import type { Flag } from './command.ts'
import { choicesOf, timeFlags, timesOf, whereOf } from './conditions.ts'

/** The flags that choose traces. */
export const traceQueryFlags: Readonly<Record<'where' | 'since' | 'until', Flag>> = {
  where: {
    value: 'name=value',
    multiple: true,
    about: 'traces with this key, feedback, outcome, status, tag, runId or sessionId',
  },
  ...timeFlags,
}

/** Which traces `traceQueryFlags` choose; empty if none of them is given. */
export function traceQueryOf(args: Args): TraceQuery {
  const where = whereOf(args, ['key', 'feedback', 'outcome', 'status', 'tag', 'runId', 'sessionId'])
  return { ...where, ...choicesOf(where), ...timesOf(args) }
}
