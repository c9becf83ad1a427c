// The cost of a tracker: per metric over building the same event and passing it on, per token over JSON and Base64,
// per import over an empty module.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  decodeResumptionToken,
  encodeResumptionToken,
  type Metric,
  type MetricValue,
  type Sink,
  type TapeRecord,
} from '@runtape/core'
import { newRunId } from '@runtape/core/internal'
import { createTracker, type Tracker } from '@runtape/tracker'
import { measure } from './measure.ts'

let last: TapeRecord | undefined
const append = (record: TapeRecord) => {
  last = record
}
const sink: Sink = { append, flush: async () => {}, close: async () => {} }
const logger = { warn: () => {} }
const facts = {
  configKey: 'support-answer',
  variationKey: 'formal',
  version: 3,
  modelName: 'gpt-5-mini',
  providerName: 'openai',
  context: { kind: 'user', key: 'user-1' },
}
const usage = { input: 812, output: 164, total: 976 }
const newTracker = () => createTracker({ sink, logger, ...facts })

/** The floor: the object literal of an event and one call. */
function appendEvent(runId: string, metric: Metric, value: MetricValue): void {
  const { configKey, variationKey, version, modelName, providerName, context } = facts
  sink.append({
    kind: 'run-event',
    runId,
    metric,
    value,
    at: Date.now(),
    configKey,
    variationKey,
    version,
    modelName,
    providerName,
    context,
  })
}

function appendThree(runId: string): void {
  appendEvent(runId, 'duration', 1200)
  appendEvent(runId, 'tokens', { input: usage.input, output: usage.output, total: usage.total })
  appendEvent(runId, 'outcome', { status: 'success' })
}

function trackThree(tracker: Tracker): void {
  tracker.trackDuration(1200)
  tracker.trackTokens(usage)
  tracker.trackSuccess()
}

/** Each metric is recorded once, so trackers are created in advance, outside the measurement. */
function recordedMetrics(): void {
  const size = 2000
  const ids = Array.from({ length: size }, newRunId)
  const rounds = Array.from({ length: 150 }, () => {
    const trackers = Array.from({ length: size }, newTracker)
    const floorNs = timed(() => ids.forEach(appendThree)) / (3 * size)
    const subjectNs = timed(() => trackers.forEach(trackThree)) / (3 * size)
    return { floorNs, subjectNs, ratio: subjectNs / floorNs }
  }).slice(20)
  const of = (field: 'floorNs' | 'subjectNs' | 'ratio') => median(rounds.map(round => round[field]))
  const ratio = `ratio ${of('ratio').toFixed(2)}`
  print('tracker: a recorded metric, no-op sink', of('floorNs'), of('subjectNs'), ratio)
}

function timed(work: () => void): number {
  const start = process.hrtime.bigint()
  work()
  return Number(process.hrtime.bigint() - start)
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

function print(name: string, floorNs: number, subjectNs: number, verdict: string): void {
  const ns = (value: number) => `${Math.round(value).toLocaleString('en')} ns`.padStart(14)
  console.log(`${name.padEnd(44)} floor ${ns(floorNs)}  subject ${ns(subjectNs)}  ${verdict}`)
}

async function wholeRuns(): Promise<void> {
  await measure(
    'tracker: a new run with three metrics',
    () => appendThree(newRunId()),
    () => trackThree(newTracker()),
  )
  const tracker = newTracker()
  trackThree(tracker)
  const runId = newRunId()
  await measure(
    'tracker: a dropped repeat',
    () => appendEvent(runId, 'duration', 1200),
    () => tracker.trackDuration(1200),
  )
}

async function tokens(): Promise<void> {
  const { configKey, variationKey, version } = facts
  const identity = { runId: newRunId(), configKey, variationKey, version }
  const token = encodeResumptionToken(identity)
  await measure(
    'tracker: encode a resumption token',
    () => Buffer.from(JSON.stringify(identity)).toString('base64url'),
    () => encodeResumptionToken(identity),
  )
  await measure(
    'tracker: decode a resumption token',
    () => JSON.parse(Buffer.from(token, 'base64url').toString('utf8')),
    () => decodeResumptionToken(token),
  )
}

/** A process that imports the package, and one that imports nothing, in turn. */
function importTime(): void {
  const folder = mkdtempSync(join(tmpdir(), 'runtape-bench-'))
  const empty = join(folder, 'empty.mjs')
  const importing = join(folder, 'importing.mjs')
  writeFileSync(empty, 'export {}\n')
  writeFileSync(importing, `import '${import.meta.resolve('@runtape/tracker')}'\n`)
  const run = (file: string) => timed(() => spawnSync(process.execPath, [file]))
  for (const file of [empty, importing]) run(file)
  const pairs = Array.from({ length: 25 }, () => ({ floor: run(empty), subject: run(importing) }))
  rmSync(folder, { recursive: true })
  const above = (of: (values: number[]) => number) => {
    const [floor, subject] = [of(pairs.map(pair => pair.floor)), of(pairs.map(pair => pair.subject))]
    return { floor, subject, ms: ((subject - floor) / 1e6).toFixed(1) }
  }
  // Other programs make a process slower, never faster: the best time is the undisturbed one.
  const [{ floor, subject, ms }, best] = [above(median), above(values => Math.min(...values))]
  print('tracker: import, a process of its own', floor, subject, `+${ms} ms (best rounds +${best.ms} ms)`)
}

/** The disk size of `npm install @runtape/tracker`: the two packed packages, and core's dependencies. */
function installedSize(): void {
  const packages = new URL('../../packages/', import.meta.url)
  const own = ['tracker', 'core'].map(name => packedBytes(new URL(name, packages)))
  const needed = ['zod', 'jose'].map(name => bytesIn(new URL(`core/node_modules/${name}/`, packages)))
  const kB = (sizes: number[]) => `${Math.round(sum(sizes) / 1000).toLocaleString('en')} kB`
  console.log(
    `tracker: installed size`.padEnd(44),
    `${kB(own)}, with zod and jose ${kB([...own, ...needed])}`,
  )
}

function packedBytes(cwd: URL): number {
  const args = ['pack', '--dry-run', '--json', '--ignore-scripts']
  const { stdout } = spawnSync('npm', args, { cwd, encoding: 'utf8' })
  const packed: unknown = JSON.parse(stdout)
  return (Object.values(packed as object)[0] as { unpackedSize: number }).unpackedSize
}

function bytesIn(folder: URL): number {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  return sum(
    entries.filter(entry => entry.isFile()).map(file => statSync(join(file.parentPath, file.name)).size),
  )
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

recordedMetrics()
await wholeRuns()
await tokens()
importTime()
installedSize()
if (last === undefined) throw new Error('Nothing was recorded.')
