import { setImmediate as otherWork, setTimeout as sleep } from 'node:timers/promises'
import { monotonicNow } from '@runtape/core/internal'
import type { Database, Queries } from '../database/database.ts'
import { allOf, raw, type Sql, sql } from '../database/sql.ts'
import { tryLock } from '../database/take-lock.ts'
import { parseSnapshot, type Snapshot, snapshotText } from '../history/snapshot.ts'
import { type NewRow, rowsNotIn } from './missing-rows.ts'
import { type ReadBodies, readBodies, type WantedBody } from './read-bodies.ts'
import {
  bodiesOf,
  type RootSource,
  readEvents,
  readRoots,
  type TextToAdd,
  textsOfEventRow,
  textsOfRootRow,
} from './read-sources.ts'
import { endPass, markUsed, type Pass, putPass, readState, start } from './search-state.ts'

/** Rows of a step, and those of them with texts. A step takes some 100 ms, in which a removal waits. */
const [rowsAtOnce, sourcesAtOnce] = [1024, 128]

/** A step reads bodies of the blob store until it has this many. */
const bodiesAtOnce = 16

/** Rows whose texts are made before other work of the process runs. */
const sourcesPerTurn = 8

const lockWaitMs = 5

/**
 * Adds the texts of new rows to `search`, after the transactions that wrote them. Any number of processes can do so: each
 * step is one transaction, and only one process makes one at a time.
 */
export class TextFiller {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** Makes a step. Returns `none` if all texts are there, `busy` if another process makes one, or a removal runs. */
  async step(): Promise<'done' | 'none' | 'busy'> {
    const { isUsed, isLeft } = await this.#database.read(async queries => {
      const state = await readState(queries)
      return { ...state, isLeft: state.pass !== undefined || (await isAnyNew(queries, state.covered)) }
    })
    if (!isUsed) await this.#database.write(markUsed)
    if (!isLeft) return 'none'
    const { made, wanted } = await this.#addSome(new Map())
    if (wanted.length === 0) return made
    return (await this.#addSome(await readBodies(this.#database, wanted))).made
  }

  readonly #addSome = (bodies: ReadBodies): Promise<Step> =>
    this.#database.write(queries => addSome(queries, bodies))

  /** Adds the remaining texts, for up to `mostMs` milliseconds. */
  async catchUp(mostMs: number): Promise<void> {
    const end = monotonicNow() + mostMs
    // Counts waits, too, because tests can stop the clock.
    for (let waits = 0; waits * lockWaitMs < mostMs && monotonicNow() < end; ) {
      const made = await this.step()
      if (made === 'none') return
      if (made === 'done') continue
      await sleep(lockWaitMs)
      waits++
    }
  }
}

const isAnyNew = async (queries: Queries, covered: Snapshot): Promise<boolean> =>
  (await rowsNotIn(queries, covered, raw('true'), 1)).length > 0

interface Step {
  readonly made: 'done' | 'none' | 'busy'
  /** Bodies that the next texts need, and the step was not given. */
  readonly wanted: readonly WantedBody[]
}

async function addSome(queries: Queries, bodies: ReadBodies): Promise<Step> {
  if (!(await tryLock(queries, 'search'))) return { made: 'busy', wanted: [] }
  // Again: another process may have made the step.
  const { covered, pass } = await readState(queries)
  if (pass) return addTexts(queries, covered, pass, bodies)
  const [now] = await queries.rows<{ snapshot: string }>(sql`SELECT @current_snapshot()::text AS snapshot`)
  if (!(await isAnyNew(queries, covered))) return { made: 'none', wanted: [] }
  return addTexts(queries, covered, { target: parseSnapshot(now?.snapshot ?? ''), after: start }, bodies)
}

async function addTexts(queries: Queries, covered: Snapshot, pass: Pass, bodies: ReadBodies): Promise<Step> {
  const rows = await rowsNotIn(queries, covered, isLeft(pass), rowsAtOnce)
  const { texts, last, wanted } = await textsOfSome(queries, rows, bodies)
  await insertTexts(queries, texts)
  if (last) await putPass(queries, { ...pass, after: last })
  // Later steps find the other rows of the target.
  if (rows.length < rowsAtOnce && last === rows.at(-1)) await endPass(queries, pass)
  return { made: 'done', wanted }
}

const isLeft = ({ target, after: { xid, id } }: Pass): Sql =>
  allOf([
    sql`(source.xid, source.id) > (${xid}::text::xid8, ${id}::bigint)`,
    sql`pg_visible_in_snapshot(source.xid, ${snapshotText(target)}::pg_snapshot)`,
  ])

interface SomeTexts {
  readonly texts: TextToAdd[]
  readonly last: NewRow | undefined
  readonly wanted: readonly WantedBody[]
}

/** The texts of the first rows, as many as a step has, up to the first row that needs another body. */
async function textsOfSome(
  queries: Queries,
  rows: readonly NewRow[],
  bodies: ReadBodies,
): Promise<SomeTexts> {
  const some = firstSources(rows)
  const events = new Map((await readEvents(queries, some)).map(row => [row.id, row]))
  const roots = new Map((await readRoots(queries, some)).map(row => [row.id, row]))
  const texts: TextToAdd[] = []
  let [sources, last]: [number, NewRow | undefined] = [0, undefined]
  for (const [index, row] of some.entries()) {
    const [event, root] = [events.get(row.id), roots.get(row.id)]
    if (root && bodiesOf(root).some(({ key }) => !bodies.has(key))) {
      const others = some.slice(index).flatMap(({ id }) => roots.get(id) ?? [])
      return { texts, last, wanted: firstBodies(others) }
    }
    if (event) texts.push(...textsOfEventRow(event))
    if (root) texts.push(...textsOfRootRow(root, bodies))
    last = row
    if (row.is_source && ++sources % sourcesPerTurn === 0) await otherWork()
  }
  return { texts, last, wanted: [] }
}

function firstBodies(roots: readonly RootSource[]): WantedBody[] {
  const wanted: WantedBody[] = []
  for (const root of roots) if (wanted.length < bodiesAtOnce) wanted.push(...bodiesOf(root))
  return wanted
}

function firstSources(rows: readonly NewRow[]): readonly NewRow[] {
  let sources = 0
  const end = rows.findIndex(row => row.is_source && ++sources > sourcesAtOnce)
  return end === -1 ? rows : rows.slice(0, end)
}

const columns = {
  id: 'bigint',
  xid: 'text',
  receivedAt: 'bigint',
  at: 'float8',
  traceId: 'text',
  runId: 'text',
  text: 'text',
  letters: 'text',
} as const satisfies Readonly<Record<keyof TextToAdd, string>>

async function insertTexts(queries: Queries, texts: readonly TextToAdd[]): Promise<void> {
  if (texts.length === 0) return
  const of = (name: keyof TextToAdd) => sql`${texts.map(text => text[name])}::${raw(columns[name])}[]`
  const [first, ...others] = (Object.keys(columns) as (keyof TextToAdd)[]).map(of)
  const lists = others.reduce((all, next) => sql`${all}, ${next}`, first ?? raw(''))
  // What was added before a crash, or by the pass before, is the same.
  await queries.run(
    sql`INSERT INTO @search_texts (id, xid, received_at, at, trace_id, run_id, text, letters)
      SELECT id, xid::xid8, received_at, at, trace_id, run_id, text, letters
      FROM unnest(${lists}) AS u(id, xid, received_at, at, trace_id, run_id, text, letters) ON CONFLICT DO NOTHING`,
  )
}
