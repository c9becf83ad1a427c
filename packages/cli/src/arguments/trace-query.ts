import type { TraceQuery } from '@runtape/core/store'
import type { Args } from './args.ts'
import type { Flag } from './command.ts'
import { choicesOf, timeFlags, timesOf } from './conditions.ts'
import { whereFlag, whereOf } from './where.ts'

/** The flags that choose traces. */
export const traceQueryFlags: Readonly<Record<'where' | 'since' | 'until', Flag>> = {
  where: whereFlag('traces'),
  ...timeFlags,
}

const names = ['key', 'feedback', 'outcome', 'status', 'tag', 'runId', 'sessionId']

/** Which traces `traceQueryFlags` choose; empty if none of them is given. */
export function traceQueryOf(args: Args): TraceQuery {
  const { named, filter } = whereOf(args, names)
  return { ...named, ...choicesOf(named), ...timesOf(args), ...(filter !== undefined && { where: filter }) }
}
