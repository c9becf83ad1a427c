import type { QueueSelection, ReviewInput, ReviewQueue, ReviewSubject, Store } from '@runtape/core/store'
import type { Args } from '../arguments/args.ts'
import { authorOf } from '../arguments/author.ts'
import { runFilterOf } from '../arguments/run-filter.ts'
import { Misuse } from '../arguments/usage-error.ts'
import { runOrTrace } from '../stores/recent-id.ts'

/** The run or trace with an id, which may be shortened. */
export async function subjectOf(
  store: Store,
  id: string | undefined,
  action: string,
): Promise<ReviewSubject> {
  if (id === undefined) throw new Misuse(`Name a run or a trace: runtape review ${action} <run>.`)
  return runOrTrace(store, id)
}

/** The queue that the flags choose: a cohort, or runs. */
export function queueOf(args: Args): ReviewQueue {
  return { ...selectionOf(args), ...(args.has('own') && { open: 'by' as const, by: authorOf(args) }) }
}

function selectionOf(args: Args): QueueSelection {
  const cohort = args.text('cohort')
  const runs = runFilterOf(args)
  if (cohort === undefined) return { runs }
  if (Object.keys(runs).length > 0)
    throw new Misuse('Choose a queue with --cohort or with --where, not both.')
  return { cohort }
}

/** Author, scores and comment of the flags. */
export function saidOf(args: Args): Pick<ReviewInput, 'by' | 'scores' | 'comment'> {
  const comment = args.text('comment')
  const scores = Object.fromEntries(args.texts('score').map(scoreOf))
  return {
    by: authorOf(args),
    ...(Object.keys(scores).length > 0 && { scores }),
    ...(comment !== undefined && { comment }),
  }
}

function scoreOf(text: string): readonly [string, number] {
  const [, name = '', score = ''] = /^(.+)=(-?\d+(?:\.\d+)?)$/.exec(text) ?? []
  if (name !== '') return [name, Number(score)]
  throw new Misuse(`--score needs name=number, as in --score politeness=0.5 (got "${text}").`)
}
