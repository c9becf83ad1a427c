import { type Logger, type Payload, RuntapeError } from '@runtape/core'
import { messageOf, realDelay, realTimers } from '@runtape/core/internal'
import type { Store } from '@runtape/core/store'
import type { JobWithMetadata, PgBoss } from 'pg-boss'
import { isSameCode } from '../../code/code-identity.ts'
import type { FoundBeside } from '../../isolation/isolate-items.ts'
import type { Target } from '../../loading/export-target.ts'
import { type Chunk, type ChunkJob, chunkIn, type FromWorker, isDone, type WorkerFacts } from '../messages.ts'
import type { Order } from '../order.ts'
import { patiently } from '../patience.ts'
import { queuesOf, type ReplayQueues } from '../queues.ts'
import { codeFor, type OpenCode, type OrderedCode, openCode } from './ordered-code.ts'
import type { Slots } from './slots.ts'
import { type Delivery, WorkerOutbox } from './worker-outbox.ts'

const touchMs = 3000
const longestPollMs = 250

/** What all replays of a worker share. */
export interface WorkerSelf {
  readonly boss: PgBoss
  readonly id: string
  readonly name: string
  readonly target: Target
  readonly store: Store
  readonly concurrency: number
  readonly slots: Slots
  readonly logger: Logger
}

/** One replay at a worker: takes its chunks, or says why not. */
export class ServedReplay {
  readonly #self: WorkerSelf
  readonly #order: Order
  readonly #queues: ReplayQueues
  readonly #outbox: WorkerOutbox
  readonly #stop = new AbortController()
  readonly #taken = new Map<string, Delivery>()
  readonly #timer: NodeJS.Timeout
  #opened: OpenCode | undefined
  #facts: WorkerFacts | undefined
  #takes = true
  #givesBack = false
  #loop: Promise<void>
  #checked: Promise<void> = Promise.resolve()

  constructor(self: WorkerSelf, replayId: string, order: Order) {
    this.#self = self
    this.#order = order
    this.#queues = queuesOf(replayId)
    this.#outbox = new WorkerOutbox(self.boss, this.#queues, self.logger)
    this.#timer = realTimers.setInterval(() => {
      void this.#touch()
      void this.#recheck()
    }, touchMs)
    this.#loop = this.#serve().catch(error => {
      self.logger.warn(`A replay is left to other workers: ${messageOf(error)}`)
    })
  }

  get isBusy(): boolean {
    return this.#taken.size > 0
  }

  /** Why it takes no chunks. */
  get refusal(): string | undefined {
    return this.#facts?.refusal
  }

  /** Says again who it is. */
  greet(): void {
    if (this.#facts && (this.#takes || this.refusal !== undefined))
      this.#send({ kind: 'worker', worker: this.#facts })
  }

  /** Takes no more chunks, and resolves when those that it has are done. */
  async finish(): Promise<void> {
    this.#takes = false
    await this.#loop
    while (this.isBusy) await realDelay(20)
  }

  /** Ends the items that run; their results are sent if the command still waits for them. */
  async end(reason: string): Promise<void> {
    this.#stop.abort(new Error(reason))
    await this.#close()
  }

  /** Gives the chunks that it has to other workers. */
  async giveBack(): Promise<void> {
    this.#takes = false
    this.#givesBack = true
    const back = [...this.#taken.values()]
    this.#taken.clear()
    if (back.length > 0) await this.#fail(back)
    await this.end('its worker ends')
  }

  /** If it cannot be said, other workers get them when their lease ends. */
  async #fail(back: Delivery[]): Promise<void> {
    const { boss, logger } = this.#self
    await patiently(() => boss.fail(this.#queues.chunks, back), logger).catch(() => {})
  }

  async #close(): Promise<void> {
    await this.finish()
    this.#send({ kind: 'leaving', workerId: this.#self.id })
    await this.#outbox.idle()
    realTimers.clearInterval(this.#timer)
    this.#opened?.items.over()
  }

  async #serve(): Promise<void> {
    const { target, store } = this.#self
    this.#setFacts(await openCode(this.#order, { target, store, found: this.#found() }))
    let waitMs = 0
    while (this.#takes && this.#opened) {
      const free = await this.#self.slots.takeAll()
      const jobs = await this.#fetch(free)
      this.#self.slots.give(free - jobs.length)
      for (const job of jobs) void this.#run(job)
      waitMs = jobs.length > 0 ? 2 : Math.min(longestPollMs, waitMs + 25)
      await realDelay(waitMs)
    }
  }

  #setFacts(opened: OrderedCode): void {
    const { id, name, concurrency } = this.#self
    const { code } = opened
    const facts = { id, name, concurrency, ...(code && { code }) }
    if ('refusal' in opened) this.#refuse(facts, opened.refusal)
    else {
      this.#facts = facts
      this.#opened = opened
      this.greet()
    }
  }

  #refuse(facts: WorkerFacts, refusal: string): void {
    this.#takes = false
    this.#facts = { ...facts, refusal }
    this.#self.logger.warn(`This worker refuses a replay: ${refusal}. Its chunks are left to others.`)
    this.greet()
  }

  /** After a change of its files, new processes would load other code. One check at a time, so that all see what one finds. */
  #recheck(): Promise<void> {
    this.#checked = this.#checked
      .then(() => this.#check())
      .catch(error => {
        if (this.#facts) this.#refuse(this.#facts, `its files cannot be checked: ${messageOf(error)}`)
      })
    return this.#checked
  }

  async #check(): Promise<void> {
    const facts = this.#facts
    if (!facts || facts.refusal !== undefined || !this.#opened?.hasChanged()) return
    const own = await codeFor(this.#order, this.#self.target)
    if ('refusal' in own) this.#refuse({ ...facts, ...own }, `its files changed: ${own.refusal}`)
  }

  async #fetch(batchSize: number): Promise<JobWithMetadata<ChunkJob>[]> {
    const { boss, logger } = this.#self
    const { chunks } = this.#queues
    if (!this.#takes) return []
    const signal = this.#stop.signal
    try {
      return await patiently(
        () => boss.fetch<ChunkJob>(chunks, { batchSize, includeMetadata: true }),
        logger,
        signal,
      )
    } catch (error) {
      // The command is done, and has removed its queues; or the database is away for long.
      if (!signal.aborted) logger.warn(`No chunks can be fetched: ${messageOf(error)}`)
      await realDelay(longestPollMs)
      return []
    }
  }

  async #run(job: JobWithMetadata<ChunkJob>): Promise<void> {
    const delivery = { id: job.id, retryCount: job.retryCount }
    try {
      // A chunk whose result was sent is not replayed again.
      if (isDone(job.output)) return this.#outbox.end(delivery)
      // Fetched while it gave back the others.
      if (this.#givesBack) return await this.#fail([delivery])
      this.#taken.set(job.id, delivery)
      if (job.retryCount > 0) this.#send({ kind: 'again', id: job.id })
      const result = await this.#resultOf(chunkIn(job.data))
      const isOfOtherCode = await this.#loadedOther()
      if (!this.#taken.has(job.id)) return
      if (isOfOtherCode) await this.#fail([delivery])
      else this.#outbox.send(result, delivery)
    } finally {
      this.#taken.delete(job.id)
      this.#self.slots.give(1)
    }
  }

  /** Whether an item that has just ended in its own process may have loaded files that changed. */
  async #loadedOther(): Promise<boolean> {
    if (!this.#order.isolate) return false
    await this.#recheck()
    return this.refusal !== undefined
  }

  async #resultOf(chunk: Chunk): Promise<FromWorker> {
    const { id } = chunk
    try {
      return { kind: 'item', id, item: await this.#replay(chunk) }
    } catch (error) {
      const code = RuntapeError.isInstance(error) ? { code: error.code } : {}
      return { kind: 'failed', id, error: { message: messageOf(error), ...code } }
    }
  }

  #replay({ id, code, source, testRunId, attempt, itemTimeoutMs, expected }: Chunk): Promise<Payload> {
    const own = this.#facts?.code
    if (!this.#opened || !own || !isSameCode(own, code))
      throw new RuntapeError('invalid-option', 'A chunk of other code was in the queue of this replay.')
    return this.#opened.items.run({
      source,
      testRunId,
      attempt,
      itemTimeoutMs,
      left: this.#self.concurrency,
      signal: this.#stop.signal,
      onSpend: call => this.#send({ kind: 'spent', id, call }),
      ...(expected && { expected }),
    })
  }

  #found(): FoundBeside {
    return {
      stray: stray => this.#send({ kind: 'stray', stray }),
      warn: message => this.#send({ kind: 'warning', message }),
      outside: () => {},
      outsideOf: (pid, calls) => {
        if (calls.length > 0) this.#send({ kind: 'outside', process: `${this.#self.id} ${pid}`, calls })
      },
    }
  }

  #send(message: FromWorker): void {
    this.#outbox.send(message)
  }

  async #touch(): Promise<void> {
    if (this.isBusy)
      await this.#self.boss.touch(this.#queues.chunks, [...this.#taken.values()]).catch(() => {})
  }
}
