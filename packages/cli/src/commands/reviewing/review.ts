import type { CohortPut, Review, Store } from '@runtape/core/store'
import type { Args } from '../../arguments/args.ts'
import { authorFlag, authorOf } from '../../arguments/author.ts'
import type { Command } from '../../arguments/command.ts'
import { runFilterFlags } from '../../arguments/run-filter.ts'
import { Misuse } from '../../arguments/usage-error.ts'
import { expectedOf } from '../../cohorts/expected-flags.ts'
import { cohortLine } from '../../cohorts/show-cohort.ts'
import { queueOf, saidOf, subjectOf } from '../../reviews/review-arguments.ts'
import { progressLine, queueAsCsv, queueTable, reviewsTable, verdictText } from '../../reviews/show-review.ts'
import { itemsOfAll } from '../../stores/all-pages.ts'
import { storeFlag, withStore } from '../../stores/open-store.ts'
import { print, printJson } from '../../terminal/print.ts'
import { showText, showTime } from '../../terminal/show.ts'
import { dim } from '../../terminal/style.ts'

export const command: Command = {
  name: 'review',
  about:
    'Reviews live runs: lists what is still unreviewed, claims the next one, and records verdicts, scores and comments.',
  operands: 'list | next | pass|fail|comment|withdraw|release|show <run or trace>',
  flags: {
    store: storeFlag,
    ...runFilterFlags,
    cohort: { value: 'cohort', about: 'the traces of a cohort instead of runs: bad-refunds' },
    own: { about: 'items that you have not reviewed. Default: items that no one has reviewed.' },
    limit: { value: 'n', about: 'list and show: at most this many. Default: 20.' },
    skip: { value: 'id', multiple: true, about: 'next: leave out this run or trace' },
    by: authorFlag,
    comment: { value: 'text', about: 'why' },
    score: { value: 'name=n', multiple: true, about: 'a named score: politeness=0.5' },
    'add-to': { value: 'cohort', about: 'also put the trace into this cohort' },
    expected: { value: 'json', about: 'with --add-to: the output that it should have had' },
    file: { value: 'path', about: 'with --add-to: a file with that output as JSON' },
    history: { about: 'show: also withdrawn and replaced reviews' },
    csv: { about: 'list: print CSV' },
    json: { about: 'print JSON' },
  },
  examples: [
    'runtape review --where feedback:negative --since 7d',
    'runtape review next --cohort bad-refunds',
    'runtape review fail 5f0c5a0e-… --comment "promises a refund" --score politeness=0.5',
    `runtape review fail 5f0c5a0e-… --add-to bad-refunds --expected '{"text":"Sorry."}'`,
    'runtape review withdraw 5f0c5a0e-…',
  ],
  words: {
    next: 'claims the first open item for 10 minutes: no other reviewer gets it meanwhile; release ends the claim',
    withdraw: 'withdraws your newest review; the one before it counts again',
  },
  run: args => {
    const [action = 'list', id, ...more] = args.operands
    const act = Object.hasOwn(actions, action) ? actions[action] : undefined
    if (!act) throw new Misuse(`There is no "review ${action}". Use ${Object.keys(actions).join(', ')}.`)
    if (more.length > 0) throw new Misuse('Review one run at a time.')
    return withStore(args, store => act({ store, id, args })).then(() => 0)
  },
}

interface Asked {
  readonly store: Store
  readonly id: string | undefined
  readonly args: Args
}

type Action = (asked: Asked) => Promise<void>

const actions: Readonly<Record<string, Action>> = {
  list,
  next,
  pass: asked => judge(asked, 'pass'),
  fail: asked => judge(asked, 'fail'),
  comment: asked => judge(asked, 'comment'),
  withdraw,
  release,
  show,
}

async function list({ store, args }: Asked): Promise<void> {
  const queue = queueOf(args)
  const items = await itemsOfAll(
    page => store.reviews.queue({ ...queue, ...page }),
    args.count('limit') ?? 20,
  )
  if (args.has('csv')) return print(queueAsCsv(items))
  const progress = await store.reviews.progress(queue)
  if (args.has('json')) return printJson({ ...progress, items })
  print(items.length === 0 ? 'Nothing is left to review.' : queueTable(items))
  print(progressLine(progress))
}

async function next({ store, args }: Asked): Promise<void> {
  const queue = queueOf(args)
  const item = await store.reviews.next({ ...queue, by: authorOf(args), skip: args.texts('skip') })
  if (args.has('json')) return printJson(item ?? null)
  if (!item) return print('Nothing is left to review, or other reviewers have claimed the rest.')
  const { runId, traceId, at, preview, claim } = item
  const id = runId ?? traceId ?? ''
  const facts = [
    ...(preview?.asked === undefined ? [] : [`asked     ${showText(preview.asked, 160)}`]),
    ...(preview?.answered === undefined ? [] : [`answered  ${showText(preview.answered, 160)}`]),
    ...(claim ? [`claimed   until ${showTime(claim.until)} UTC`] : []),
  ]
  print([`${showText(id)}  ${showTime(at)} UTC`, ...facts].join('\n'))
  print(
    dim(
      `runtape trace ${showText(id)} --values shows it; runtape review pass ${showText(id)}, or fail, reviews it.`,
    ),
  )
}

async function judge({ store, id, args }: Asked, verdict: 'pass' | 'fail' | 'comment'): Promise<void> {
  const subject = await subjectOf(store, id, verdict)
  const entry = cohortEntryOf(args)
  const pass = verdict === 'comment' ? {} : { pass: verdict === 'pass' }
  const review = await store.reviews.put({ ...subject, ...pass, ...saidOf(args) })
  const cohort = entry && (await addToCohort(store, review, entry))
  if (args.has('json')) return printJson({ ...review, ...(cohort && { cohort }) })
  print(`${showText(id ?? '')}: ${verdictText(review)} by ${showText(review.by)}`)
  if (cohort) print(cohortLine(cohort))
}

type CohortEntry = Omit<CohortPut, 'traceId'> & { readonly name: string }

function cohortEntryOf(args: Args): CohortEntry | undefined {
  const [name, expected] = [args.text('add-to'), expectedOf(args)]
  if (name !== undefined) return { name, ...(expected && { expected }) }
  if (expected) throw new Misuse('Name the cohort that expects it: --add-to <cohort>.')
  return undefined
}

/** Adds the reviewed trace to a cohort, and creates the cohort if necessary. */
async function addToCohort(store: Store, { traceId, by, comment }: Review, { name, ...entry }: CohortEntry) {
  if (traceId === undefined)
    throw new Misuse('The review is kept, but its run was not traced: a cohort holds traces.')
  const put = [{ traceId, ...entry, ...(comment !== undefined && { note: comment }) }]
  const isKnown = (await store.cohorts.get(name)) !== undefined
  return isKnown ? store.cohorts.change(name, { put, by }) : store.cohorts.create(name, { put, by })
}

async function withdraw({ store, id, args }: Asked): Promise<void> {
  const by = authorOf(args)
  const review = await store.reviews.withdraw({ ...(await subjectOf(store, id, 'withdraw')), by })
  if (!review) throw new Misuse(`${by} has no review of ${id}. "runtape review show ${id}" shows all.`)
  if (args.has('json')) printJson(review)
  else print(`The review of ${showText(id ?? '')} by ${showText(by)} is withdrawn.`)
}

async function release({ store, id, args }: Asked): Promise<void> {
  const by = authorOf(args)
  const released = await store.reviews.release({ ...(await subjectOf(store, id, 'release')), by })
  if (args.has('json')) printJson({ released })
  else print(released ? `${showText(id ?? '')} is free again.` : `${showText(by)} has no claim on it.`)
}

async function show({ store, id, args }: Asked): Promise<void> {
  const subject = await subjectOf(store, id, 'show')
  const history = args.has('history')
  const reviews = await itemsOfAll(
    page => store.reviews.list({ ...subject, history, ...page }),
    args.count('limit') ?? 20,
  )
  if (args.has('json')) printJson(reviews)
  else print(reviews.length === 0 ? 'No reviews.' : reviewsTable(reviews, history))
}
