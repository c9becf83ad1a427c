import type { LiveCall } from '@runtape/replay'
import type { FromItem } from './messages.ts'

export type Ran = Extract<FromItem, { kind: 'ran' }>
type OfItem = Extract<FromItem, { kind: 'ran' | 'spent' | 'failed' }>

interface Running extends PromiseWithResolvers<Ran> {
  readonly onSpend: (call: LiveCall) => void
}

/** The items that a process is replaying. */
export class RunningItems {
  readonly #items = new Map<number, Running>()
  /** A call may end after its item. */
  readonly #onSpend = new Map<number, Running['onSpend']>()
  #last = 0
  #ended: Error | undefined

  add(onSpend: (call: LiveCall) => void): { readonly id: number; readonly ran: Promise<Ran> } {
    const running = { ...Promise.withResolvers<Ran>(), onSpend }
    const id = ++this.#last
    if (this.#ended) running.reject(this.#ended)
    else this.#items.set(id, running)
    this.#onSpend.set(id, onSpend)
    return { id, ran: running.promise }
  }

  take(message: OfItem): void {
    if (message.kind === 'spent') return this.#onSpend.get(message.id)?.(message.call)
    const running = this.#items.get(message.id)
    this.#items.delete(message.id)
    if (message.kind === 'ran') running?.resolve(message)
    else running?.reject(new Error(message.message))
  }

  /** Rejects all running items, because the process has ended. */
  end(error: Error): void {
    this.#ended = error
    for (const { reject } of this.#items.values()) reject(error)
    this.#items.clear()
  }
}
