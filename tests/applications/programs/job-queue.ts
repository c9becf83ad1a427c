// An in-process queue, as written before BullMQ is needed: jobs with attempts, progress and events.
import { EventEmitter, once } from 'node:events'
import { traced } from '@runtape/trace'
import type { Application } from '../support/application.ts'
import { changing } from '../support/changing.ts'
import { effect } from '../support/effects.ts'

interface Job<T> {
  readonly id: number
  readonly data: T
  attempts: number
}

class Queue<T, R> extends EventEmitter {
  readonly #waiting: Job<T>[] = []
  readonly #work: (job: Job<T>) => Promise<R>
  #active = 0
  #ids = 0
  constructor(work: (job: Job<T>) => Promise<R>) {
    super()
    this.#work = work
  }

  add(data: T): Job<T> {
    const job = { id: ++this.#ids, data, attempts: 0 }
    this.#waiting.push(job)
    setImmediate(() => this.#next())
    return job
  }

  #next(): void {
    const job = this.#active < 2 ? this.#waiting.shift() : undefined
    if (!job) return void (this.#active === 0 && this.#waiting.length === 0 && this.emit('drained'))
    this.#active++
    void this.#run(job).finally(() => {
      this.#active--
      this.#next()
    })
  }

  async #run(job: Job<T>): Promise<void> {
    job.attempts++
    try {
      this.emit('completed', job, await this.#work(job))
    } catch (error) {
      if (job.attempts < 3) this.#waiting.push(job)
      else this.emit('dead', job, error)
    }
  }
}

const settings = { subject: 'Your order' }

const failing = new Map<string, number>()
const sendMail = traced(
  'mailing.send',
  { type: 'tool', mockOnReplay: true },
  async (to: string, subject: string) => {
    effect('mailing send')
    const failed = failing.get(to) ?? 0
    failing.set(to, failed + 1)
    if (to.startsWith('bounce') || (to.startsWith('busy') && failed === 0)) throw new Error(`${to} bounced`)
    return `${to}: ${subject}`
  },
)

const sendAll = traced('mailing.send-all', async (to: readonly string[]) => {
  const queue = new Queue<string, string>(({ data }) => sendMail(data, settings.subject))
  const sent: string[] = []
  const dead: string[] = []
  queue.on('completed', (_, line: string) => sent.push(line))
  queue.on('dead', ({ data, attempts }: Job<string>, error: Error) =>
    dead.push(`${data} ${attempts} ${error.message}`),
  )
  for (const each of to) queue.add(each)
  await once(queue, 'drained')
  return { sent, dead }
})

export const application: Application = {
  name: 'a job queue in the process, with attempts',
  entry: sendAll,
  inputs: [[['ada@x', 'busy@x', 'bob@x', 'bounce@x']], [['eve@x']]],
  change: {
    make: changing(settings, { subject: 'Your tea' }),
    reports: { outcome: 'same', drifted: ['mailing.send'], changed: ['mailing.send'] },
  },
}
