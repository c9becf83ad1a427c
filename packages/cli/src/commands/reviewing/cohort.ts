import type { Cohort, CohortChange, CohortPut, Store } from '@runtape/core/store'
import type { Args } from '../../arguments/args.ts'
import { authorFlag, authorOf } from '../../arguments/author.ts'
import type { Command } from '../../arguments/command.ts'
import { traceQueryFlags } from '../../arguments/trace-query.ts'
import { Misuse } from '../../arguments/usage-error.ts'
import { chosenTraces, tracesOfIds } from '../../cohorts/chosen-traces.ts'
import { expectedOf } from '../../cohorts/expected-flags.ts'
import {
  changeLine,
  cohortLine,
  cohortsAsCsv,
  cohortsTable,
  entriesAsCsv,
  entriesTable,
  versionsTable,
} from '../../cohorts/show-cohort.ts'
import { itemsOfAll } from '../../stores/all-pages.ts'
import { storeFlag, withStore } from '../../stores/open-store.ts'
import { print, printJson } from '../../terminal/print.ts'
import { dim } from '../../terminal/style.ts'

export const command: Command = {
  name: 'cohort',
  about:
    'Keeps named lists of traces, for replays, exports and reviews. Every change is a new version; bad-refunds@3 names an older one.',
  operands: 'create|add|remove|expect|show|delete <cohort> [<trace or run>…] | list',
  flags: {
    store: storeFlag,
    ...traceQueryFlags,
    limit: { value: 'n', about: 'at most this many traces. Default: all; 50 for show and list.' },
    from: {
      value: 'cohort',
      about: 'the traces of another cohort, such as bad-refunds@3, with expected outputs',
    },
    expected: { value: 'json', about: 'expect: the output that the trace should have had' },
    file: { value: 'path', about: 'expect: a file with that output as JSON' },
    clear: { about: 'expect: remove the expected output' },
    note: { value: 'text', about: 'a note on the traces' },
    by: authorFlag,
    comment: { value: 'text', about: 'reason; kept with the version' },
    versions: { about: 'show: the versions instead of the traces' },
    csv: { about: 'list and show: print CSV' },
    json: { about: 'print JSON' },
  },
  examples: [
    'runtape cohort create bad-refunds --where feedback:negative --since 7d --comment "complaints of May"',
    'runtape cohort add bad-refunds 01995b0e8f2a… --note "promises a refund"',
    `runtape cohort expect bad-refunds 01995b0e8f2a… --expected '{"text":"Sorry."}'`,
    'runtape cohort show bad-refunds@3',
    'runtape replay ./src/agent.ts#answer --cohort bad-refunds --evaluator expected-output',
  ],
  words: {
    create: 'makes a cohort',
    add: 'adds traces to it',
    remove: 'takes traces out of it',
    delete: 'removes it with all its versions',
    expect: 'sets what a trace should have returned, for the evaluator expected-output',
    gone: 'a trace that was removed from the store: its entry stays, without its expected output',
  },
  run: args => {
    const [action = 'list', name, ...ids] = args.operands
    const act = Object.hasOwn(actions, action) ? actions[action] : undefined
    if (!act) throw new Misuse(`There is no "cohort ${action}". Use ${Object.keys(actions).join(', ')}.`)
    if (args.has('csv') && ((action !== 'show' && action !== 'list') || args.has('versions')))
      throw new Misuse('--csv is for lists: runtape cohort list --csv, or cohort show <cohort> --csv.')
    if (action !== 'list' && name === undefined)
      throw new Misuse(`Name the cohort: runtape cohort ${action} bad-refunds.`)
    return withStore(args, store => act({ store, name: name ?? '', ids, args })).then(() => 0)
  },
}

interface Asked {
  readonly store: Store
  readonly name: string
  readonly ids: readonly string[]
  readonly args: Args
}

type Action = (asked: Asked) => Promise<void>

const actions: Readonly<Record<string, Action>> = {
  create: async asked => {
    const put = await puts(asked)
    report(asked, await asked.store.cohorts.create(asked.name, { put, ...authorship(asked.args) }))
  },
  add: async asked => change(asked, { put: await puts(asked) }),
  remove: async asked => {
    const { store, name, ids } = asked
    if (ids.length === 0)
      throw new Misuse(
        `Name the traces to take out: runtape cohort remove ${name} <trace>…. "cohort delete" removes it all.`,
      )
    await change(asked, { remove: await tracesOfIds(store, ids) })
  },
  expect: async asked => {
    const { store, ids, name } = asked
    if (ids.length !== 1)
      throw new Misuse(`Name one trace: runtape cohort expect ${name} <trace> --expected <json>.`)
    const [traceId = ''] = await tracesOfIds(store, ids)
    const known = await store.cohorts.entries(name, { traceId })
    if (known.items.length === 0)
      throw new Misuse(
        `Trace ${traceId} is not in ${name}. Add it first: runtape cohort add ${name} ${traceId}.`,
      )
    await change(asked, { put: [{ traceId, ...expectation(asked.args), ...noteOf(asked.args) }] })
  },
  show,
  list: async ({ store, args }) => {
    const cohorts = await itemsOfAll(page => store.cohorts.list(page), args.count('limit') ?? 50)
    if (args.has('json')) printJson(cohorts)
    else if (args.has('csv')) print(cohortsAsCsv(cohorts))
    else
      print(cohorts.length === 0 ? 'No cohorts. "runtape cohort create" makes one.' : cohortsTable(cohorts))
  },
  delete: async ({ store, name, args }) => {
    const isFound = await store.cohorts.remove(name)
    if (!isFound) throw new Misuse(`There is no cohort "${name}". "runtape cohort list" shows them.`)
    if (args.has('json')) printJson({ deleted: name })
    else print(`${name} is deleted, with all its versions.`)
  },
}

async function puts({ store, ids, args }: Asked): Promise<CohortPut[]> {
  const chosen = await chosenTraces(store, ids, args)
  return chosen.map(put => ({ ...put, ...noteOf(args) }))
}

const noteOf = (args: Args): { note?: string } => {
  const note = args.text('note')
  return note === undefined ? {} : { note }
}

function authorship(args: Args): Pick<CohortChange, 'by' | 'comment'> {
  const comment = args.text('comment')
  return { by: authorOf(args), ...(comment !== undefined && { comment }) }
}

async function change(asked: Asked, wanted: CohortChange): Promise<void> {
  const { store, name, args } = asked
  const before = await store.cohorts.get(name)
  const cohort = await store.cohorts.change(name, { ...wanted, ...authorship(args) })
  report(asked, cohort, before?.version === cohort.version)
}

function report({ args }: Asked, cohort: Cohort, isUnchanged = false): void {
  if (args.has('json')) return printJson(cohort)
  print(`${cohortLine(cohort)} (${isUnchanged ? 'unchanged' : changeLine(cohort)})`)
}

function expectation(args: Args): Pick<CohortPut, 'expected'> {
  const [expected, isCleared] = [expectedOf(args), args.has('clear')]
  if ((expected === undefined) !== isCleared)
    throw new Misuse('Say what is expected in one way: --expected <json>, --file <path>, or --clear.')
  return { expected: expected ?? null }
}

async function show({ store, name, args }: Asked): Promise<void> {
  const cohort = await store.cohorts.get(name)
  if (!cohort) throw new Misuse(`There is no cohort "${name}". "runtape cohort list" shows them.`)
  const limit = args.count('limit') ?? 50
  if (args.has('versions')) {
    const versions = await itemsOfAll(page => store.cohorts.versions(cohort.name, page), limit)
    return args.has('json') ? printJson({ ...cohort, versions }) : print(versionsTable(cohort.name, versions))
  }
  const items = await itemsOfAll(
    page => store.cohorts.entries(`${cohort.name}@${cohort.version}`, page),
    limit,
  )
  if (args.has('json')) return printJson({ ...cohort, items })
  if (args.has('csv')) return print(entriesAsCsv(items))
  const more = items.length < cohort.size ? `\n${dim('There are more: --limit shows them.')}` : ''
  print(`${cohortLine(cohort)}\n${items.length === 0 ? '' : `${entriesTable(items)}${more}`}`.trimEnd())
}
