import type {
  AsOf,
  PointInTime,
  Revision,
  SearchHit,
  SearchHits,
  SearchQuery,
  Store,
} from '@runtape/core/store'
import type { Args } from '../../arguments/args.ts'
import { asOfFlag, asOfOf } from '../../arguments/as-of.ts'
import type { Command } from '../../arguments/command.ts'
import { runFilterFlags, runFilterOf } from '../../arguments/run-filter.ts'
import { Misuse } from '../../arguments/usage-error.ts'
import { storeFlag, withSearch } from '../../stores/open-store.ts'
import { revisionAt } from '../../stores/read-at.ts'
import { csv } from '../../terminal/csv.ts'
import { print, printError, printJson } from '../../terminal/print.ts'
import { showText, showTime } from '../../terminal/show.ts'
import { dim } from '../../terminal/style.ts'

export const command: Command = {
  name: 'search',
  about: 'Finds a text in inputs and outputs of traces, errors and comments, newest first.',
  operands: '<text>',
  flags: {
    store: storeFlag,
    ...runFilterFlags,
    'as-of': asOfFlag,
    limit: { value: 'n', about: 'at most this many. Default: 20.' },
    csv: { about: 'print CSV' },
    json: { about: 'print JSON' },
  },
  examples: ['runtape search "late order"', "runtape search refund --where 'feedback:negative' --since 7d"],
  words: {
    'first search': 'reads the texts of older records, which is done once',
    'search: true':
      'the option of sqliteStore and postgresStore with which an application does so as it writes, and builds an index',
    '<store>.search': 'that index, where SQLite of Node has FTS5. May be removed: it is built again',
    pg_trgm: 'the extension of Postgres that the index needs: runtape migrate --search',
  },
  run: args => {
    const [text, ...more] = args.operands
    if (text === undefined || more.length > 0)
      throw new Misuse('Name one text, in quotes if it has spaces: runtape search "late order".')
    const query = { text, ...runFilterOf(args), limit: args.count('limit') ?? 20 }
    return withSearch(args, async store => show(args, await searchAll(store, query, asOfOf(args))))
  },
}

/** Maximum number of searches while older texts are read, of about two seconds each. */
const mostRounds = 300

interface Found extends SearchHits {
  /** What was to be searched. */
  readonly revision: Revision
  readonly isComplete: boolean
}

/** Searches until the result is complete: the first search of a large database takes long. */
async function searchAll(store: Store, query: SearchQuery, { asOf }: AsOf): Promise<Found> {
  const then = asOf === undefined ? undefined : await revisionOf(store, asOf)
  for (let round = 0; ; round++) {
    const before = then ?? (await store.revision())
    const hits = await store.search({ ...query, ...(then !== undefined && { asOf: then }) })
    const isNow = then === undefined && hits.completeTo === (await store.revision())
    const isComplete = hits.completeTo === before || isNow
    const revision = isComplete ? hits.completeTo : before
    if (isComplete || round === mostRounds) return { ...hits, revision, isComplete }
    if (round === 0) printError('Reading the texts of older records. This is done once.')
  }
}

async function revisionOf(store: Store, asOf: PointInTime): Promise<Revision> {
  const revision = await revisionAt(store, asOf as Revision | number)
  if (revision !== undefined) return revision
  throw new Misuse(`--as-of names no revision of this store that it knows for everything (got "${asOf}").`)
}

function show(args: Args, { isComplete, ...hits }: Found): number {
  if (args.has('json')) printJson(hits)
  else if (args.has('csv')) print(csvOf(hits))
  else print(shown(hits))
  if (!isComplete)
    printError(`Later texts than revision ${hits.completeTo} were not searched. Run the same command again.`)
  return 0
}

function shown({ items, nextCursor }: SearchHits): string {
  if (items.length === 0) return 'No text contains that. Widen --where and --since.'
  const more = nextCursor === undefined ? '' : `\n${dim('There are more: --limit shows them.')}`
  return `${items.map(lines).join('\n')}${more}\n${dim('runtape trace <id> shows one in detail.')}`
}

const csvOf = ({ items }: SearchHits): string =>
  csv([
    ['at', 'in', 'runId', 'traceId', 'excerpt'],
    ...items.map(({ at, in: place, runId = '', traceId = '', excerpt }) => [
      new Date(at).toISOString(),
      place,
      runId,
      traceId,
      excerpt,
    ]),
  ])

const longestId = 200

function lines({ in: place, at, runId, traceId = '', excerpt }: SearchHit): string {
  const id =
    runId === undefined ? `trace ${showText(traceId, longestId)}` : `run ${showText(runId, longestId)}`
  return `${showTime(at)}  ${id}  ${place}\n  ${showText(excerpt)}`
}
