// Disk saved and CPU spent by compressing payloads: 20 KB payloads of this repository's documentation, as messages to a
// model, with Node's compressors. For comparison, the bare INSERT of the same amount of text.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { deflateRawSync, inflateRawSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib'

const folder = fileURLToPath(new URL('../../docs', import.meta.url))
const text = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter(name => name.endsWith('.md'))
  .map(name => readFileSync(`${folder}/${name}`, 'utf8'))
  .join('\n')
const size = 20_000
const payloads = Array.from({ length: Math.floor(text.length / size) }, (_, at) =>
  JSON.stringify([{ role: 'user', content: text.slice(at * size, (at + 1) * size) }]),
)
const bytes = payloads.reduce((sum, json) => sum + Buffer.byteLength(json), 0)

const ways = {
  'deflate, level 1': [(json: string) => deflateRawSync(json, { level: 1 }), inflateRawSync],
  'deflate, level 6': [(json: string) => deflateRawSync(json), inflateRawSync],
  zstd: [(json: string) => zstdCompressSync(json), zstdDecompressSync],
} as const

/** Microseconds of CPU time per payload, in the best of several rounds. */
function cpuOf<T>(items: readonly T[], work: (item: T) => unknown): number {
  const times: number[] = []
  for (let round = 0; round < 9; round++) {
    const [start, before] = [performance.now(), process.threadCpuUsage()]
    let done = 0
    // Long enough for a clock with coarse ticks.
    for (; performance.now() < start + 100; done += items.length) for (const item of items) work(item)
    const { user, system } = process.threadCpuUsage(before)
    times.push((user + system) / done)
  }
  return Math.min(...times)
}

const directory = mkdtempSync(join(tmpdir(), 'runtape-bench-'))
const database = new DatabaseSync(join(directory, 'bare.db'))
database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL')
database.exec('CREATE TABLE payloads (json TEXT NOT NULL)')
const insert = database.prepare('INSERT INTO payloads VALUES (?)')
const all = cpuOf([payloads], jsons => {
  database.exec('BEGIN')
  for (const json of jsons) insert.run(json)
  database.exec('COMMIT')
})
const perInsert = (all / payloads.length).toFixed(0)
console.log(`${payloads.length} payloads of ${size / 1000} KB; a bare INSERT ${perInsert} µs`)
for (const [name, [compress, expand]] of Object.entries(ways)) {
  const compressed = payloads.map(compress)
  const share = compressed.reduce((sum, { length }) => sum + length, 0) / bytes
  const [written, read] = [cpuOf(payloads, compress), cpuOf(compressed, one => expand(one))]
  console.log(
    `${name.padEnd(18)} ${(100 * share).toFixed(0)} % of the bytes; ${written.toFixed(0)} µs to write, ${read.toFixed(0)} µs to read`,
  )
}
database.close()
rmSync(directory, { recursive: true })
