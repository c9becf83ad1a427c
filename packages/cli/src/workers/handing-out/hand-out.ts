import { type Logger, RuntapeError } from '@runtape/core'
import { messageOf, realDelay, realTimers } from '@runtape/core/internal'
import type { IsolatedItem, OutsideCall, ReplayItem } from '@runtape/replay'
import type { PgBoss } from 'pg-boss'
import { v5, v7 } from 'uuid'
import type { FoundBeside } from '../../isolation/isolate-items.ts'
import { decodeItem } from '../../isolation/messages.ts'
import {
  type ChunkJob,
  chunkIn,
  chunkJob,
  type FromWorker,
  type MessagesJob,
  messagesIn,
} from '../messages.ts'
import type { Order } from '../order.ts'
import { patiently } from '../patience.ts'
import {
  createQueues,
  deleteQueues,
  openReplays,
  queuesOf,
  type ReplayQueues,
  sweepQueues,
} from '../queues.ts'
import { KnownWorkers } from './known-workers.ts'
import { OutsideOfWorkers } from './outside-of-workers.ts'

const mostDeliveries = 6
const beatMs = 5000
const superviseMs = 2000
/** Milliseconds that workers may take to hear of a stop and to end what they replay. */
const stopMs = 6000
const closeMs = 5000

interface Pending {
  readonly item: IsolatedItem
  resolve(item: ReplayItem | undefined): void
  reject(error: Error): void
}

interface HandOutOptions {
  readonly order: Order
  readonly leaseMs: number
  /** How long to wait for a worker with this code. */
  readonly giveUpMs: number
  /** How to start a worker. */
  readonly advice: string
  readonly found: FoundBeside
  readonly logger: Logger
}

/** Hands the items of a replay to workers on any machine, and receives their results. */
export class HandOut {
  /** Aborts if no worker can be found, or the database is gone. */
  readonly signal: AbortSignal
  readonly #boss: PgBoss
  readonly #options: HandOutOptions
  readonly #replayId = v7()
  readonly #queues: ReplayQueues = queuesOf(this.#replayId)
  readonly #pending = new Map<string, Pending>()
  readonly #workers: KnownWorkers
  readonly #outside = new OutsideOfWorkers()
  readonly #lost = new AbortController()
  readonly #timers: NodeJS.Timeout[] = []
  #toSend: { id: string; data: ChunkJob }[] = []
  #sending: Promise<void> | undefined
  #order: Order
  #stopping: Promise<void> | undefined
  #isOver = false
  #pumping: Promise<void> | undefined
  #heeded: AbortSignal | undefined
  /** For calls that end after their item. */
  #onSpend: IsolatedItem['onSpend'] | undefined
  #inserting: Promise<unknown> = Promise.resolve()

  constructor(boss: PgBoss, options: HandOutOptions) {
    this.#boss = boss
    this.#options = options
    this.#order = options.order
    this.signal = this.#lost.signal
    const { code } = options.order
    const { advice, giveUpMs } = options
    const giveUp = (reason: string) => this.#giveUp(reason)
    this.#workers = new KnownWorkers({ code, advice, giveUpMs, giveUp })
  }

  /** Calls of the workers' processes outside of items. */
  readonly outside = (): readonly OutsideCall[] => this.#outside.calls()

  async open(): Promise<void> {
    const leaseSeconds = Math.ceil(this.#options.leaseMs / 1000)
    await createQueues(this.#boss, this.#queues, { leaseSeconds, mostDeliveries })
    const { order } = this.#options
    await this.#boss.insert(openReplays, [{ id: this.#replayId, data: order }])
    this.#every(beatMs, () => this.#beat({}))
    this.#every(superviseMs, async () => {
      await this.#boss.supervise(this.#queues.chunks)
      await this.#boss.supervise(this.#queues.results)
    })
    this.#pumping = this.#pump()
    void sweepQueues(this.#boss).catch(() => {})
  }

  /** Resolves to the item that a worker replayed; `undefined` if none had started it when the replay was stopped. */
  readonly isolate = (item: IsolatedItem): Promise<ReplayItem | undefined> => {
    const { source, attempt, testRunId, itemTimeoutMs, expected, signal } = item
    if (signal.aborted) return Promise.resolve(undefined)
    const id = v5(`${source.traceId} ${source.spanId ?? ''} ${attempt}`, this.#replayId)
    const result = Promise.withResolvers<ReplayItem | undefined>()
    this.#pending.set(id, { item, ...result })
    const limit = itemTimeoutMs === undefined ? {} : { itemTimeoutMs }
    const { code } = this.#options.order
    const chunk = { id, code, testRunId, source, attempt, ...limit, ...(expected && { expected }) }
    this.#toSend.push({ id, data: chunkJob(chunk) })
    this.#sending ??= this.#send()
    this.#heed(item)
    return result.promise.finally(() => this.#pending.delete(id))
  }

  /** All items of a replay have the same signal. */
  #heed({ signal, onSpend }: IsolatedItem): void {
    this.#onSpend = onSpend
    if (this.#heeded === signal) return
    this.#heeded = signal
    signal.addEventListener('abort', () => void this.#stop(signal.reason), { once: true })
  }

  /** Removes everything from the database. */
  async close(): Promise<void> {
    this.#isOver = true
    this.#workers.over()
    for (const timer of this.#timers) realTimers.clearInterval(timer)
    const removed = Promise.resolve(this.#pumping)
      .then(() => this.#boss.deleteJob(openReplays, this.#replayId))
      .then(() => deleteQueues(this.#boss, this.#queues))
    await Promise.race([removed.catch(() => {}), realDelay(closeMs)])
  }

  /** Items that are handed out at the same time are inserted together. */
  async #send(): Promise<void> {
    await new Promise<void>(resolve => void realTimers.setImmediate(resolve))
    const jobs = this.#toSend
    this.#toSend = []
    this.#sending = undefined
    if (jobs.length === 0) return
    try {
      this.#inserting = patiently(() => this.#boss.insert(this.#queues.chunks, jobs), this.#options.logger)
      await this.#inserting
    } catch (error) {
      this.#giveUp(`The chunks could not be handed out: ${messageOf(error)}`)
    }
  }

  async #pump(): Promise<void> {
    const { logger } = this.#options
    let waitMs = 0
    try {
      while (!this.#isOver) {
        const jobs = await patiently(() => this.#fetch(), logger, this.#lost.signal)
        const ids = jobs.map(({ id }) => id)
        for (const { data } of jobs) this.#takeJob(data)
        if (ids.length > 0) await patiently(() => this.#boss.deleteJob(this.#queues.results, ids), logger)
        waitMs = ids.length > 0 ? 0 : Math.min(100, waitMs + 10)
        await realDelay(waitMs)
      }
    } catch (error) {
      this.#giveUp(`The results of workers cannot be read: ${messageOf(error)}`)
    }
  }

  #fetch() {
    return this.#boss.fetch<MessagesJob | ChunkJob>(this.#queues.results, { batchSize: 100 })
  }

  #takeJob(data: MessagesJob | ChunkJob): void {
    if ('messages' in data) for (const message of messagesIn(data)) this.#take(message)
    else this.#fail(chunkIn(data).id)
  }

  #take(message: FromWorker): void {
    const { found } = this.#options
    if (message.kind === 'worker') return this.#workers.add(message.worker)
    if (message.kind === 'leaving') return this.#workers.remove(message.workerId)
    this.#workers.noteLife()
    if (message.kind === 'stray') return found.stray(message.stray)
    if (message.kind === 'warning') return found.warn(message.message)
    if (message.kind === 'outside') return this.#outside.set(message.process, message.calls)
    const pending = this.#pending.get(message.id)
    if (message.kind === 'spent') return this.#onSpend?.(message.call)
    if (message.kind === 'again') return pending && this.#spendUnknown(pending)
    if (message.kind === 'item') return pending?.resolve(decodeItem(message.item))
    const { code = 'process-end', message: text } = message.error
    pending?.reject(new RuntapeError(code, text))
  }

  // What the lost replay of it spent is unknown.
  #spendUnknown({ item }: Pending): void {
    const { key } = this.#options.order
    item.onSpend({
      key,
      nanoUsd: null,
      reason: 'the worker of its item was lost before it told what it spent',
    })
  }

  #fail(id: string): void {
    const pending = this.#pending.get(id)
    const { traceId = '' } = pending?.item.source ?? {}
    pending?.reject(
      new RuntapeError(
        'process-end',
        `The replay of trace ${traceId} was lost ${mostDeliveries} times together with its worker. Replay it alone with --isolate to see why: its process may take all memory of the machine.`,
      ),
    )
  }

  #giveUp(reason: string): void {
    if (!this.#lost.signal.aborted) this.#lost.abort(new Error(reason))
  }

  #every(ms: number, work: () => Promise<unknown>): void {
    let isRunning = false
    const timer = realTimers.setInterval(() => {
      if (isRunning) return
      isRunning = true
      // The next time may succeed; the pump reports a database that is gone.
      void work()
        .catch(() => {})
        .finally(() => {
          isRunning = false
        })
    }, ms)
    timer.unref()
    this.#timers.push(timer)
  }

  async #beat(change: Partial<Order>): Promise<void> {
    this.#order = { ...this.#order, ...change, beat: this.#order.beat + 1 }
    await this.#boss.update(openReplays, this.#order, { id: this.#replayId })
  }

  /** Items that no worker has taken did not start; the others end soon. */
  #stop(reason: unknown): Promise<void> {
    this.#stopping ??= (async () => {
      const ended = realDelay(stopMs).then(() => this.#rejectAll(reason))
      await this.#withdraw(messageOf(reason)).catch(() => {})
      await ended
    })()
    return this.#stopping
  }

  async #withdraw(reason: string): Promise<void> {
    const unsent = this.#toSend
    this.#toSend = []
    for (const { id } of unsent) this.#pending.get(id)?.resolve(undefined)
    await this.#inserting
    await this.#beat({ stopped: reason })
    const queued = await this.#boss.findJobs(this.#queues.chunks, { queued: true, limit: 100_000 })
    await this.#boss.deleteQueuedJobs(this.#queues.chunks)
    // Those that wait for another worker had started.
    for (const { id, retryCount } of queued) if (retryCount === 0) this.#pending.get(id)?.resolve(undefined)
  }

  #rejectAll(reason: unknown): void {
    for (const { item, reject } of this.#pending.values()) {
      const message = `The replay of trace ${item.source.traceId} was stopped: ${messageOf(reason)}. Its worker did not answer in time.`
      reject(new RuntapeError('replay-stopped', message, { cause: reason }))
    }
  }
}
