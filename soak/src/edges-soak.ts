import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { linkSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { sqliteStore } from '@runtape/store-sqlite'
import { readEdges, spoil } from './bad-rows.ts'
import { Random } from './random.ts'
import { type Report, violation } from './report.ts'
import { inScratch, type Scratch } from './scratch.ts'
import { type SmallDisk, smallDisk } from './small-disk.ts'
import { fileProblems } from './tape-file.ts'

export interface EdgesOptions {
  readonly kills: number
  readonly seconds: number
  readonly seed: number
  /** Acknowledges before it writes: the soak must notice. */
  readonly fault?: 'acknowledges-early'
}

/** A file that was moved away, and when: later acknowledged events are in a later file. */
interface Epoch {
  readonly path: string
  readonly until: bigint
}

const script = fileURLToPath(new URL('edge-worker.ts', import.meta.url))
const flags = ['--experimental-strip-types', '--disable-warning=ExperimentalWarning']
const processes = 6
const replaceEvery = 12
const fillEvery = 9
const diskMegabytes = 256

/**
 * Processes write and are killed while their file is moved away, removed, replaced by a backup, or loses its log; while its
 * disk is full; and while some of its rows are damaged and it refuses some records.
 */
export function soakEdges(options: EdgesOptions): Promise<Report> {
  return inScratch(1, async scratch => {
    const disk = smallDisk(join(scratch.path, 'disk'), diskMegabytes)
    try {
      return await soakIn(scratch, disk, options)
    } finally {
      disk.remove()
    }
  })
}

async function soakIn(scratch: Scratch, disk: SmallDisk, options: EdgesOptions): Promise<Report> {
  const path = join(disk.path, 'runtape.db')
  const random = new Random(options.seed)
  // One process stays alive: what a killed one wrote into a removed file is copied by those that have it open.
  const keeper = sqliteStore(path)
  spoil(keeper, path)
  const epochs: Epoch[] = []
  const workers = new EdgeWorkers(path, scratch.logs, options.fault)
  for (let count = 0; count < processes; count++) workers.start()
  while (!workers.areRacing) await sleep(50)
  const deadline = performance.now() + options.seconds * 1000
  let [replaced, filled] = [0, 0]
  while (workers.killed < options.kills && performance.now() < deadline) {
    await sleep(random.wait(120))
    workers.killOne(random)
    if (workers.killed >= replaceEvery * (replaced + 1)) {
      await replace(path, replaced++, keeper, epochs)
      // A new file: not its own backup, nor a file whose log is being recreated.
      if (replaced % 4 === 1 || replaced % 4 === 2) spoil(keeper, path)
    }
    if (workers.killed >= fillEvery * (filled + 1)) {
      filled++
      if (!disk.fill()) continue
      await sleep(random.wait(200))
      workers.killOne(random)
      await sleep(random.wait(200))
      disk.free()
    }
  }
  await sleep(1500)
  await workers.end()
  await keeper.revision()
  await keeper.close()
  return judged({ path, epochs, scratch, options, workers, replaced, filled })
}

async function replace(
  path: string,
  turn: number,
  keeper: ReturnType<typeof sqliteStore>,
  epochs: Epoch[],
): Promise<void> {
  const away = `${path}.${turn}`
  const way = turn % 4
  if (way === 0) renameSync(path, away)
  else if (way === 1) {
    linkSync(path, away)
    rmSync(path)
  } else if (way === 2) {
    await keeper.backup(`${path}.backup`)
    linkSync(path, away)
    renameSync(`${path}.backup`, path)
  } else rmSync(`${path}-wal`, { force: true })
  if (way !== 3) epochs.push({ path: away, until: process.hrtime.bigint() })
  // Continues once the change has been noticed.
  await sleep(1200)
}

class EdgeWorkers {
  killed = 0
  readonly failed: string[] = []
  started = 0
  /** With the log of each. */
  readonly #children = new Map<ChildProcess, string>()
  readonly #path: string
  readonly #logs: string
  readonly #fault: string | undefined
  #isOver = false

  constructor(path: string, logs: string, fault: string | undefined) {
    this.#path = path
    this.#logs = logs
    this.#fault = fault
  }

  get areRacing(): boolean {
    return [...this.#children.values()].every(hasBegun)
  }

  start(): void {
    const life = ++this.started
    const settings = { path: this.#path, log: join(this.#logs, `${life}.log`), life, fault: this.#fault }
    const child = fork(script, [JSON.stringify(settings)], {
      execArgv: flags,
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    let errors = ''
    child.stderr?.on('data', text => {
      errors += text
    })
    this.#children.set(child, settings.log)
    child.on('close', (code, signal) => {
      this.#children.delete(child)
      if (signal !== 'SIGKILL')
        this.failed.push(`${code ?? signal}: ${/\w*Error: .*/.exec(errors)?.[0] ?? errors.slice(0, 500)}`)
      if (!this.#isOver) this.start()
    })
  }

  killOne(random: Random): void {
    // Sometimes one that is still starting.
    const all = [...this.#children.keys()]
    const child = random.pick(
      random.next() < 0.1 ? all : all.filter(each => hasBegun(this.#children.get(each))),
    )
    if (child && child.signalCode === null && !child.killed && child.kill('SIGKILL')) this.killed++
  }

  async end(): Promise<void> {
    this.#isOver = true
    await Promise.all(
      [...this.#children.keys()].map(child => {
        child.kill('SIGKILL')
        return once(child, 'close')
      }),
    )
  }
}

const hasBegun = (log: string | undefined): boolean =>
  log !== undefined && (statSync(log, { throwIfNoEntry: false })?.size ?? 0) > 0

interface Evidence {
  readonly path: string
  readonly epochs: readonly Epoch[]
  readonly scratch: Scratch
  readonly options: EdgesOptions
  readonly workers: EdgeWorkers
  readonly replaced: number
  readonly filled: number
}

/** Checks that acknowledged events are in the file of their time or a later one. */
function judged({ path, epochs, scratch, options, workers, replaced, filled }: Evidence): Report {
  const files = [...epochs.map(each => each.path), path]
  const found = files.map(readEdges)
  const kept = found.map(({ runs }) => runs)
  const sets = kept.map(runs => new Set(runs))
  const setAside = found.reduce((sum, each) => sum + each.setAside, 0)
  const doubled = kept.flatMap(repeated)
  const lost: string[] = []
  let acknowledged = 0
  for (let life = 1; life <= workers.started; life++) {
    for (const [runId, at] of linesOf(join(scratch.logs, `${life}.log`))) {
      acknowledged++
      const first = epochs.filter(({ until }) => until < at).length
      if (!sets.slice(first).some(set => set.has(runId))) lost.push(runId)
    }
  }
  return {
    title: `A file that is replaced under killed processes: ${processes} processes, seed ${options.seed}`,
    numbers: [
      ['processes started', workers.started],
      ['killed by SIGKILL', workers.killed],
      ['files replaced or logs removed', replaced],
      ['disks filled', filled],
      ['set aside', setAside],
      ['acknowledged', acknowledged],
      ['lost', lost.length],
      ['doubled', doubled.length],
    ],
    violations: [
      ...violation('acknowledged and lost', lost),
      ...violation('recorded twice', doubled),
      ...(setAside === 0 ? ['Nothing was set aside, though the store cannot take all records'] : []),
      ...violation(
        'that no store should take',
        kept.flat().filter(runId => runId.includes('poison')),
      ),
      ...workers.failed.map(how => `A worker ended by itself with ${how}`),
      ...files.flatMap(file => fileProblems(file).map(problem => `${file} is damaged: ${problem}`)),
    ],
  }
}

/** The items that are in the list more than once. */
function repeated(runs: readonly string[]): string[] {
  const seen = new Set<string>()
  return runs.filter(runId => seen.size === seen.add(runId).size)
}

function linesOf(log: string): [string, bigint][] {
  try {
    const lines = readFileSync(log, 'utf8').split('\n').slice(0, -1)
    return lines.map(line => {
      const [runId = '', at = '0'] = line.split(' ')
      return [runId, BigInt(at)]
    })
  } catch {
    // It was killed before it wrote any.
    return []
  }
}
