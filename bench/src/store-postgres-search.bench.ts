import { postgresStore } from '@runtape/store-postgres'
import pg from 'pg'
import { startEmbedded } from '../../packages/store-postgres/test/embedded.mjs'
import { spanTextsIn } from './search-texts.ts'

// Search in Postgres: of rare and common terms in many texts, each against ILIKE over the same table in the same run; what the
// texts add to an append; and how large they are. RUNTAPE_BENCH_TEXTS sets the number of texts, RUNTAPE_BENCH_POSTGRES a server.

const count = Number(process.env.RUNTAPE_BENCH_TEXTS ?? 100_000)
const given = process.env.RUNTAPE_BENCH_POSTGRES
const server = given === undefined ? await startEmbedded({ shared_buffers: '256MB' }) : undefined
const connectionString = given ?? server?.connectionString ?? ''
const schema = `bench_search_${process.pid}`
const pool = new pg.Pool({ connectionString, max: 2 })
const store = postgresStore({ connectionString, schema, search: true })
const plain = postgresStore({ connectionString, schema })

const ms = (from: number) => `${(performance.now() - from).toFixed(0)} ms`
const atOnce = 500

async function fill(): Promise<void> {
  const from = performance.now()
  for (let at = 0; at < count / 2; at += atOnce)
    await plain.append(spanTextsIn(at, Math.min(at + atOnce, count / 2)))
  console.log(`appended ${count / 2} traces of two texts in ${ms(from)}`)
  const filling = performance.now()
  for (;;) {
    const { completeTo } = await store.search({ text: 'no such text anywhere', limit: 1 })
    if (completeTo === (await store.revision())) break
  }
  console.log(`their texts were added and indexed in ${ms(filling)}`)
}

/** The median of some times in milliseconds. */
async function median(times: number, work: () => Promise<unknown>): Promise<number> {
  const taken: number[] = []
  for (let time = 0; time < times; time++) {
    const from = performance.now()
    await work()
    taken.push(performance.now() - from)
  }
  return taken.sort((a, b) => a - b)[times >> 1] ?? 0
}

async function compare(name: string, text: string): Promise<void> {
  const subject = await median(5, () => store.search({ text }))
  const floor = await median(3, () =>
    pool.query(
      `SELECT * FROM ${schema}.search_texts WHERE text ILIKE $1 ORDER BY at DESC, id DESC LIMIT 50`,
      [`%${text}%`],
    ),
  )
  const hits = (await store.search({ text, limit: 1000 })).items.length
  console.log(
    `${name.padEnd(34)} ${subject.toFixed(1)} ms, ILIKE ${floor.toFixed(1)} ms, ratio ${(subject / floor).toFixed(3)}; ${hits === 1000 ? '1000 or more' : hits} hits`,
  )
}

async function sizes(): Promise<void> {
  const { rows } = await pool.query(
    `SELECT sum(octet_length(text)) AS bytes, pg_table_size('${schema}.search_texts') AS table,
      pg_relation_size('${schema}.search_texts_trigrams') AS index FROM ${schema}.search_texts`,
  )
  const [{ bytes, table, index }] = rows
  const per = (size: string) => (Number(size) / Number(bytes)).toFixed(2)
  console.log(
    `${(bytes / 1e6).toFixed(0)} MB of text: table ${per(table)}, index ${per(index)} bytes for each byte of text`,
  )
}

/** In turn, so that other load affects both. */
async function appendCost(): Promise<void> {
  const taken = { with: 0, without: 0 }
  for (let round = 0; round < 20; round++) {
    const at = count + round * 1000
    for (const how of round % 2 ? (['with', 'without'] as const) : (['without', 'with'] as const)) {
      const records = spanTextsIn(at + (how === 'with' ? 500 : 0), at + (how === 'with' ? 1000 : 500))
      const from = performance.now()
      await (how === 'with' ? store : plain).append(records)
      taken[how] += performance.now() - from
    }
  }
  console.log(
    `append with search: ${(taken.with / taken.without).toFixed(2)} times that without, while texts are added behind it`,
  )
}

try {
  await fill()
  await pool.query(`ANALYZE ${schema}.search_texts`)
  await compare('a rare term', 'needle-000777')
  await compare('a term without hits', 'zeppelinfahrt')
  await compare('a common term', 'about')
  await compare('two characters without hits', '~§')
  await sizes()
  await appendCost()
} finally {
  await Promise.all([store.close(), plain.close()])
  if (process.env.RUNTAPE_BENCH_KEEP === undefined) await pool.query(`DROP SCHEMA ${schema} CASCADE`)
  await pool.end()
  await server?.remove()
}
process.exit()
