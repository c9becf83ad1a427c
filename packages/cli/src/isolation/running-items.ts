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
  #last = 0
  #ended: Error | undefined

  add(onSpend: (call: LiveCall) => void): { readonly id: number; readonly ran: Promise<Ran> } {
    const running = { ...Promise.withResolvers<Ran>(), onSpend }
    const id = ++this.#last
    if (this.#ended) running.reject(this.#ended)
    else this.#items.set(id, running)
    return { id, ran: running.promise }
  }

  take(message: OfItem): void {
    const running = this.#items.get(message.id)
    if (message.kind === 'spent') return running?.onSpend(message.call)
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
