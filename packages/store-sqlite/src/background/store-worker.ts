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

/** Stands for the answer of a worker that ended before it had one. */
export const noAnswer = Symbol('no answer')

/** A running worker of a store. It keeps no process alive unless an answer is waited for. */
export class StoreWorker {
  readonly #worker: Worker
  readonly #name: string
  readonly #waiting = new Map<number, Waiting>()
  readonly #exited: Promise<void>
  #requests = 0

  /**
   * @param onReady called once it can answer
   * @param onGone called when it ended without being closed, with the reason
   * @throws what Node throws if it starts no workers
   */
  constructor(
    source: string,
    settings: WorkerSettings,
    { onReady, onGone }: { readonly onReady: () => void; readonly onGone: (reason: string) => void },
  ) {
    const { Worker } = process.getBuiltinModule('node:worker_threads')
    this.#name = settings.name
    // Without what the application preloads, by its command line or its environment: this is not the application's thread.
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
    // Last: to listen keeps the process alive, too.
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

  /** Ends it: it finishes what it is at, for so many milliseconds. Who waits for an answer gets `error`. */
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

  /** What did not fit there would not fit here, and would end the process. */
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
