import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Random } from './random.ts'
import type { WorkerSettings, WorkerTarget } from './worker-settings.ts'

export interface WorkersPlan extends Omit<WorkerSettings, 'life' | 'startAt' | 'sideLog'> {
  readonly processes: number
  readonly seconds: number
  /** The mean time between kills, in milliseconds. */
  readonly killEveryMs: number
  /** The folder of the side logs. */
  readonly logs: string
  /** Ends the race before its time is up. Default: never. */
  readonly isEnough?: (killed: number) => boolean
}

export interface WorkersTally {
  readonly started: number
  readonly killed: number
  /** Processes that failed without being killed: there should be none. */
  readonly failed: readonly string[]
}

/** Keeps worker processes racing and kills them at random, until they are done or time is up. */
export async function raceWorkers(plan: WorkersPlan): Promise<WorkersTally> {
  const workers = new Workers(plan)
  const random = new Random(plan.seed)
  const deadline = performance.now() + plan.seconds * 1000
  for (let count = 0; count < plan.processes; count++) workers.start()
  while (workers.running > 0 && performance.now() < deadline && !plan.isEnough?.(workers.tally().killed)) {
    const wait = Math.min(random.wait(plan.killEveryMs), deadline - performance.now())
    await Promise.race([pause(wait), workers.ended])
    workers.killOne(random)
  }
  // A slow machine gets more time, without kills: a slot that was never tried proves nothing.
  const patience = performance.now() + patienceMs
  while (workers.running > 0 && !workers.haveBeenThrough && performance.now() < patience) await pause(20)
  await workers.killAll()
  return workers.tally()
}

const script = fileURLToPath(new URL('worker.ts', import.meta.url))
const flags = ['--experimental-strip-types', '--disable-warning=ExperimentalWarning']

const patienceMs = 120_000
const pause = (ms: number) => sleep(Math.max(0, ms), undefined, { ref: false })

class Workers {
  readonly #plan: WorkersPlan
  readonly #runs: number
  readonly #children = new Set<ChildProcess>()
  /** The processes that have started to race. */
  readonly #racing = new Set<ChildProcess>()
  readonly #failed: string[] = []
  /** Resolves when every process has gone through all tokens. */
  readonly ended: Promise<void>
  #allEnded = () => {}
  #started = 0
  #killed = 0
  #front = 0
  #isOver = false

  constructor(plan: WorkersPlan) {
    this.#plan = plan
    this.ended = new Promise(resolve => {
      this.#allEnded = resolve
    })
    this.#runs = (JSON.parse(readFileSync(plan.tokens, 'utf8')) as string[]).length
  }

  /** True once the processes together have tried every token. */
  get haveBeenThrough(): boolean {
    return this.#front >= this.#runs
  }

  get running(): number {
    return this.#children.size
  }

  tally(): WorkersTally {
    return { started: this.#started, killed: this.#killed, failed: this.#failed }
  }

  start(): void {
    const life = ++this.#started
    const { logs, ...plan } = this.#plan
    const sideLog = join(logs, `${life}.log`)
    const settings: WorkerSettings = { ...plan, sideLog, life, startAt: this.#front }
    const stdio = ['ignore', 'inherit', 'pipe', 'ipc'] as const
    const child = fork(script, [JSON.stringify(settings)], { execArgv: flags, stdio: [...stdio] })
    this.#children.add(child)
    let errors = ''
    child.stderr?.on('data', text => {
      errors += text
    })
    child.on('message', at => this.#arrived(child, Number(at)))
    child.on('close', (code, signal) => this.#ended(child, `${code ?? signal}: ${errors}`))
  }

  killOne(random: Random): void {
    // Sometimes one that is still starting.
    const child = random.pick([...(random.next() < 0.1 ? this.#children : this.#racing)])
    if (child) this.#kill(child)
  }

  async killAll(): Promise<void> {
    this.#isOver = true
    for (const child of this.#children) this.#kill(child)
    if (this.#children.size > 0) await this.ended
  }

  // By the handle of a process that was started here, never by a name.
  #kill(child: ChildProcess): void {
    if (child.killed || child.exitCode !== null || child.signalCode !== null) return
    if (child.kill('SIGKILL')) this.#killed++
  }

  #ended(child: ChildProcess, how: string): void {
    this.#children.delete(child)
    this.#racing.delete(child)
    if (child.signalCode !== 'SIGKILL') {
      if (child.exitCode !== 0) this.#failed.push(how)
    } else if (!this.#isOver) this.start()
    if (this.#children.size === 0) this.#allEnded()
  }

  /** Keeps the processes together: those behind skip to the position of the first. */
  #arrived(child: ChildProcess, at: number): void {
    this.#racing.add(child)
    if (at <= this.#front) return
    this.#front = at
    for (const other of this.#racing) if (other.connected) other.send(at, () => {})
  }
}

/** Starts a process that only sends what is left in the outbox, and waits until it has ended. */
export async function drainOutbox(outbox: string, target: WorkerTarget): Promise<void> {
  const drain = fileURLToPath(new URL('drain-worker.ts', import.meta.url))
  const child = fork(drain, [outbox, JSON.stringify(target)], { execArgv: flags })
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`The process that drains the outbox ended with ${code}.`)
}
