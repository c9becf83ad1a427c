import { hostname } from 'node:os'
import { messageOf, realDelay } from '@runtape/core/internal'
import { v7 } from 'uuid'
import { readOrder } from '../order.ts'
import { patiently } from '../patience.ts'
import { createOpenReplays, openReplays } from '../queues.ts'
import { ServedReplay, type WorkerSelf } from './served-replay.ts'

const pollMs = 500
const greetMs = 5000
const closeMs = 5000
/** Milliseconds without a beat after which a command counts as dead. */
const deadMs = 60_000

interface Served {
  readonly replay: ServedReplay
  beat: number
  beatAt: number
}

/** Serves replays of one function until it ends. */
export class Worker {
  readonly #self: WorkerSelf
  readonly #served = new Map<string, Served>()
  /** Beats of commands that were found dead; `undefined` for orders that cannot be read. */
  readonly #ignored = new Map<string, number | undefined>()
  #greetedAt = 0
  #busyAt = performance.now()

  constructor(self: Omit<WorkerSelf, 'id' | 'name'>) {
    this.#self = { ...self, id: v7(), name: `${hostname()} (process ${process.pid})` }
  }

  /** @param idleMs ends after this long without work. Default: never. */
  async run(signal: AbortSignal, idleMs = Number.POSITIVE_INFINITY): Promise<void> {
    const { boss, logger } = this.#self
    await patiently(() => createOpenReplays(boss), logger, signal)
    while (!signal.aborted && performance.now() - this.#busyAt < idleMs) {
      try {
        await this.#look()
      } catch (error) {
        logger.warn(`The open replays cannot be read: ${messageOf(error)}`)
      }
      await Promise.race([realDelay(pollMs), aborted(signal)])
    }
  }

  /** Takes no more chunks; after `finishMs`, or at `signal`, others get those that are not done. */
  async close(finishMs: number): Promise<void> {
    const replays = [...this.#served.values()].map(({ replay }) => replay)
    const finished = Promise.all(replays.map(replay => replay.finish()))
    await Promise.race([finished, realDelay(finishMs)])
    const given = Promise.all(replays.map(replay => replay.giveBack()))
    // A module that is still loading does not delay the end.
    await Promise.race([given, realDelay(closeMs)])
  }

  async #look(): Promise<void> {
    const { boss, logger } = this.#self
    const jobs = await patiently(() => boss.findJobs(openReplays, { queued: true }), logger)
    const open = new Set(jobs.map(({ id }) => id))
    for (const [id, { replay }] of this.#served)
      if (!open.has(id)) this.#leave(id, replay, 'its command has ended')
    for (const id of this.#ignored.keys()) if (!open.has(id)) this.#ignored.delete(id)
    for (const { id, data } of jobs) this.#see(id, data)
    this.#greet()
  }

  #see(id: string, data: unknown): void {
    const order = readOrder(data)
    if (!order) return this.#ignore(id)
    const { beat, stopped } = order
    const served = this.#served.get(id)
    const now = performance.now()
    if (!served) {
      if (stopped !== undefined || this.#ignored.get(id) === beat) return
      this.#served.set(id, { replay: new ServedReplay(this.#self, id, order), beat, beatAt: now })
    } else if (stopped !== undefined) {
      this.#ignored.set(id, beat)
      this.#leave(id, served.replay, stopped)
    } else if (served.beat !== beat) {
      Object.assign(served, { beat, beatAt: now })
    } else if (now - served.beatAt > deadMs) {
      this.#ignored.set(id, beat)
      this.#self.logger.warn(
        `A replay is left: its command has given no sign of life for ${deadMs / 1000} s.`,
      )
      this.#leave(id, served.replay, 'its command is dead')
    }
  }

  #ignore(id: string): void {
    if (this.#ignored.has(id)) return
    this.#ignored.set(id, undefined)
    this.#self.logger.warn('A replay cannot be served: its command has another version of runtape.')
  }

  #leave(id: string, replay: ServedReplay, reason: string): void {
    this.#served.delete(id)
    void replay.end(reason).catch(() => {})
  }

  #greet(): void {
    const now = performance.now()
    const replays = [...this.#served.values()].map(({ replay }) => replay)
    if (replays.some(replay => replay.refusal === undefined)) this.#busyAt = now
    if (now - this.#greetedAt < greetMs) return
    this.#greetedAt = now
    for (const replay of replays) replay.greet()
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  signal.addEventListener('abort', () => resolve(), { once: true })
  return promise
}
