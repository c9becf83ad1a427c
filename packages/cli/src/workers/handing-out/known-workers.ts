import { realTimers } from '@runtape/core/internal'
import { type CodeIdentity, shownCode } from '../../code/code-identity.ts'
import { printError } from '../../terminal/print.ts'
import type { WorkerFacts } from '../messages.ts'

/** Milliseconds without a word after which a worker counts as gone. Workers speak every 5 s. */
const goneMs = 30_000
const firstWordMs = 10_000

interface Known {
  readonly facts: WorkerFacts
  heardAt: number
}

interface Waiting {
  readonly code: CodeIdentity
  /** How to start a worker. */
  readonly advice: string
  /** How long to wait without a worker that fits. */
  readonly giveUpMs: number
  readonly giveUp: (reason: string) => void
}

/** Which workers serve a replay and which refuse it, and what to say as long as none serves it. */
export class KnownWorkers {
  readonly #known = new Map<string, Known>()
  readonly #waiting: Waiting
  readonly #timer: NodeJS.Timeout
  #servedAt = performance.now()
  #wordMs = firstWordMs

  constructor(waiting: Waiting) {
    this.#waiting = waiting
    this.#timer = realTimers.setInterval(() => this.#look(), 1000)
    this.#timer.unref()
  }

  add(facts: WorkerFacts): void {
    const former = this.#known.get(facts.id)?.facts.refusal
    if (facts.refusal === undefined) this.noteLife()
    else if (former !== facts.refusal)
      printError(`Worker ${facts.name} refuses this replay: ${facts.refusal}`)
    this.#known.set(facts.id, { facts, heardAt: performance.now() })
  }

  remove(id: string): void {
    this.#known.delete(id)
  }

  /** A worker has done something. */
  noteLife(): void {
    this.#servedAt = performance.now()
    this.#wordMs = firstWordMs
  }

  over(): void {
    realTimers.clearInterval(this.#timer)
  }

  #look(): void {
    const now = performance.now()
    for (const [id, { heardAt }] of this.#known) if (now - heardAt > goneMs) this.#known.delete(id)
    if ([...this.#known.values()].some(({ facts }) => facts.refusal === undefined)) return
    const waitedMs = now - this.#servedAt
    if (waitedMs >= this.#waiting.giveUpMs) return this.#waiting.giveUp(this.#shown(waitedMs))
    if (waitedMs < this.#wordMs) return
    this.#wordMs = waitedMs * 2
    printError(this.#shown(waitedMs))
  }

  #shown(waitedMs: number): string {
    const { code, advice } = this.#waiting
    const others = [...this.#known.values()].map(({ facts }) => facts)
    const listed = Map.groupBy(others, ({ code: own }) => (own ? shownCode(own) : 'unknown code'))
    const have = [...listed].map(([shown, { length }]) => `${length} with ${shown}`)
    const wait = others.length === 0 ? 'No worker waits.' : `Waiting with other code: ${have.join('; ')}.`
    return `No worker has served this replay for ${Math.round(waitedMs / 1000)} s. It needs ${shownCode(code)}. ${wait} ${advice}`
  }
}
