import type { SavedView, Store } from '@runtape/core/store'
import type { Args } from '../../arguments/args.ts'
import { authorFlag, authorOf } from '../../arguments/author.ts'
import type { Command } from '../../arguments/command.ts'
import { timeFlags, timesOf } from '../../arguments/conditions.ts'
import { Misuse } from '../../arguments/usage-error.ts'
import { whereFlag, whereOf } from '../../arguments/where.ts'
import { storeFlag, withStore } from '../../stores/open-store.ts'
import { print, printJson } from '../../terminal/print.ts'
import { type Columns, csvTime, recordsAsCsv } from '../../terminal/records-as-csv.ts'
import { showText, showTime } from '../../terminal/show.ts'
import { dim } from '../../terminal/style.ts'
import { table } from '../../terminal/table.ts'

const sorts = ['time', 'cost', 'tokens', 'duration'] as const

export const command: Command = {
  name: 'views',
  about: 'Keeps named filters of runs, for --view of "runtape runs" and "runtape usage".',
  operands: 'list | save|remove <name>',
  flags: {
    store: storeFlag,
    where: whereFlag('runs'),
    ...timeFlags,
    sort: { value: 'by', about: `save: how "runtape runs" sorts: ${sorts.join(', ')}` },
    replace: { about: 'save: replace the view of this name' },
    by: authorFlag,
    csv: { about: 'list: print CSV' },
    json: { about: 'print JSON' },
  },
  examples: [
    `runtape views save "thumbs down" --where 'feedback:negative cost>0.02' --since 7d --sort cost`,
    'runtape runs --view "thumbs down"',
    'runtape views remove "thumbs down"',
  ],
  run: args => {
    const [action = 'list', name] = args.operands
    const act = Object.hasOwn(actions, action) ? actions[action] : undefined
    if (!act) throw new Misuse(`There is no "views ${action}". Use ${Object.keys(actions).join(', ')}.`)
    if (action !== 'list' && name === undefined)
      throw new Misuse(`Name the view: runtape views ${action} "thumbs down".`)
    return withStore(args, store => act(store, args, name ?? '')).then(() => 0)
  },
}

type Action = (store: Store, args: Args, name: string) => Promise<void>

const actions: Readonly<Record<string, Action>> = {
  list: async (store, args) => {
    const views = await store.views.list()
    if (args.has('json')) printJson(views)
    else if (args.has('csv')) print(recordsAsCsv(columns, views))
    else print(views.length === 0 ? `No views. ${howToSave}` : shown(views))
  },
  save: async (store, args, name) => {
    const filter = filterOf(args)
    const sort = args.oneOf('sort', sorts)
    const current = await store.views.get(name)
    if (current && !args.has('replace'))
      throw new Misuse(`There is a view "${name}" already: ${current.filter}. --replace overwrites it.`)
    const view = await store.views.put({
      name,
      filter,
      by: authorOf(args),
      ...settingsOf(current, sort),
      ...(current && { version: current.version }),
    })
    if (args.has('json')) printJson(view)
    else print(`Saved the view "${name}": ${filter}`)
  },
  remove: async (store, args, name) => {
    const isRemoved = await store.views.remove(name)
    if (!isRemoved) throw new Misuse(`There is no view "${name}". "runtape views" lists them.`)
    if (args.has('json')) printJson({ removed: name })
    else print(`Removed the view "${name}".`)
  },
}

const columns: Columns<SavedView> = {
  name: ({ name }) => name,
  filter: ({ filter }) => filter,
  by: ({ by }) => by,
  at: ({ at }) => csvTime(at),
}

const howToSave = `Save one: runtape views save "thumbs down" --where feedback:negative.`

/** Keeps settings that another program saved in the view. */
function settingsOf(current: SavedView | undefined, sort: string | undefined): Pick<SavedView, 'settings'> {
  if (sort === undefined && current?.settings === undefined) return {}
  return { settings: { ...current?.settings, ...(sort !== undefined && { sort }) } }
}

function filterOf(args: Args): string {
  // Checked here, but kept as written: 7d stays the last 7 days.
  timesOf(args)
  const { named, filter } = whereOf(args, [])
  const [since, until] = [args.text('since'), args.text('until')]
  const times = [since && `since:${inQuotes(since)}`, until && `until:${inQuotes(until)}`].filter(Boolean)
  const text = [filter, ...times].filter(Boolean).join(' ')
  if (text === '' && Object.keys(named).length === 0) throw new Misuse(`A view needs a filter. ${howToSave}`)
  return text
}

const inQuotes = (time: string): string => (/\s/.test(time) ? `"${time}"` : time)

function shown(views: readonly SavedView[]): string {
  const rows = views.map(({ name, filter, by, at }) => [
    showText(name, 40),
    showText(filter, 80),
    showText(by ?? '', 20),
    showTime(at),
  ])
  return `${table(['view', 'filter', 'by', 'saved (UTC)'], rows)}\n${dim('runtape runs --view <name> shows its runs.')}`
}
