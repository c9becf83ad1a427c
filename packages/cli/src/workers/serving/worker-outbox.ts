import type { Logger } from '@runtape/core'
import { realDelay } from '@runtape/core/internal'
import type { PgBoss } from 'pg-boss'
import { v7 } from 'uuid'
import { Misuse } from '../../arguments/usage-error.ts'
import { done, type FromWorker, messagesJob } from '../messages.ts'
import { patiently } from '../patience.ts'
import type { ReplayQueues } from '../queues.ts'

/** A chunk as it was delivered. */
export interface Delivery {
  readonly id: string
  readonly retryCount: number
}

/** Milliseconds in which messages are collected for one transaction. */
const collectMs = 5

/** Sends a worker's messages in order. A result and the end of its chunk are one transaction. */
export class WorkerOutbox {
  readonly #boss: PgBoss
  readonly #queues: ReplayQueues
  readonly #logger: Logger
  #messages: FromWorker[] = []
  #ended: Delivery[] = []
  #sending: Promise<void> | undefined

  constructor(boss: PgBoss, queues: ReplayQueues, logger: Logger) {
    this.#boss = boss
    this.#queues = queues
    this.#logger = logger
  }

  send(message: FromWorker, ended?: Delivery): void {
    this.#messages.push(message)
    if (ended) this.end(ended)
    else this.#sending ??= this.#sendAll()
  }

  /** Ends a chunk whose result is known. */
  end(delivery: Delivery): void {
    this.#ended.push(delivery)
    this.#sending ??= this.#sendAll()
  }

  /** Resolves when everything was sent, or cannot be sent. */
  async idle(): Promise<void> {
    while (this.#sending) await this.#sending
  }

  async #sendAll(): Promise<void> {
    await realDelay(collectMs)
    while (this.#messages.length > 0 || this.#ended.length > 0) await this.#sendBatch()
    this.#sending = undefined
  }

  async #sendBatch(): Promise<void> {
    const [messages, ended] = [this.#messages, this.#ended]
    this.#messages = []
    this.#ended = []
    // The same for each try: a commit whose answer was lost is not done twice.
    const id = v7()
    try {
      await patiently(() => this.#commit(id, messages, ended), this.#logger)
    } catch {
      // The replay is over and its queues are gone, or the leases end and others replay the chunks.
    }
  }

  async #commit(id: string, messages: readonly FromWorker[], ended: readonly Delivery[]): Promise<void> {
    const { chunks, results } = this.#queues
    const transaction = await this.#boss.getDb().beginTransaction?.()
    if (!transaction) throw new Misuse('This pg-boss offers no transactions: npm install pg-boss@12.')
    const { db } = transaction
    try {
      if (messages.length > 0) await this.#boss.insert(results, [{ id, data: messagesJob(messages) }], { db })
      if (ended.length > 0) await this.#boss.complete(chunks, [...ended], done, { db })
      await transaction.commit()
    } catch (error) {
      await transaction.rollback()
      throw error
    }
  }
}
