import type { Worker } from 'node:worker_threads'
import { messageOf, realTimers } from '@runtape/core/internal'
import { unusable } from '../database/errors.ts'
import type { ReadName } from '../reading/reads.ts'
import { unpackAnswer, unpackFailure } from './answers.ts'
import type { Reply, Request, WorkerSettings } from './messages.ts'

interface Waiting {
  resolve(answer: unknown): void
  reject(error: unknown): void
}

/** The answer if the worker ended before it answered. */
export const noAnswer = Symbol('no answer')

/** A running worker of a store. It keeps the process alive only while a read is pending. */
export class StoreWorker {
  readonly #worker: Worker
  readonly #name: string
  readonly #waiting = new Map<number, Waiting>()
  readonly #exited: Promise<void>
  #requests = 0

  /**
   * @param onReady called once the worker can answer
   * @param onGone called with the reason when the worker ended without being closed
   * @throws Node's error if it cannot start a worker
   */
  constructor(
    source: string,
    settings: WorkerSettings,
    { onReady, onGone }: { readonly onReady: () => void; readonly onGone: (reason: string) => void },
  ) {
    const { Worker } = process.getBuiltinModule('node:worker_threads')
    this.#name = settings.name
    // Without the modules that the application preloads by its command line or environment: this thread is not the
    // application's.
    this.#worker = new Worker(source, {
      eval: true,
      workerData: settings,
      execArgv: [],
      env: {},
      name: 'runtape-store',
    })
    let reason = 'it ended'
    this.#worker.on('message', (reply: Reply) => {
      if ('ready' in reply) onReady()
      else void this.#settle(reply)
    })
    this.#worker.on('error', (error: unknown) => {
      reason = messageOf(error)
      if ((error as { code?: unknown }).code === 'ERR_WORKER_OUT_OF_MEMORY') this.#refuseAll()
    })
    this.#exited = new Promise(resolve => {
      this.#worker.once('exit', () => {
        resolve()
        this.#endAll(({ resolve }) => resolve(noAnswer))
        onGone(reason)
      })
    })
    // After the listeners: adding a listener keeps the process alive again.
    this.#worker.unref()
  }

  /** The answer, or `noAnswer`. */
  ask(read: ReadName, query: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const id = ++this.#requests
      this.#send({ id, read, query })
      this.#waiting.set(id, { resolve, reject })
      this.#worker.ref()
    })
  }

  /**
   * Lets the worker finish its current task for up to `mostMs` milliseconds, then ends it. Pending reads reject with
   * `error`.
   */
  async close(error: Error, mostMs: number): Promise<void> {
    this.#endAll(({ reject }) => reject(error))
    this.#send({ close: true })
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<boolean>(resolve => {
      timer = realTimers.setTimeout(resolve, mostMs, true)
    })
    const isLate = await Promise.race([late, this.#exited])
    realTimers.clearTimeout(timer)
    if (isLate) void this.#worker.terminate()
  }

  #send(request: Request): void {
    this.#worker.postMessage(request)
  }

  async #settle(reply: Exclude<Reply, { readonly ready: true }>): Promise<void> {
    const waiting = this.#waiting.get(reply.id)
    if (waiting === undefined) return
    try {
      if ('failure' in reply) waiting.reject(unpackFailure(reply.failure))
      else waiting.resolve(await unpackAnswer(reply.answer))
    } catch (error) {
      waiting.reject(error)
    } finally {
      this.#waiting.delete(reply.id)
      if (this.#waiting.size === 0) this.#worker.unref()
    }
  }

  /** A query that ran out of memory in the worker would run out of it here too, and end the process. */
  #refuseAll(): void {
    const reason = 'the query needs more memory than is available. Narrow it, or group it more coarsely'
    this.#endAll(({ reject }) => reject(unusable(this.#name, reason)))
  }

  #endAll(end: (waiting: Waiting) => void): void {
    const all = [...this.#waiting.values()]
    this.#waiting.clear()
    for (const waiting of all) end(waiting)
  }
}
