// Work after the answer, as `waitUntil` and `after()` of serverless hosts do it: a log line and a warm cache.
import { traced } from '@runtape/trace'
import type { Application } from '../support/application.ts'
import { changing } from '../support/changing.ts'
import { effect } from '../support/effects.ts'

const settings = { greeting: 'Hello' }
const pending = new Set<Promise<unknown>>()

function waitUntil(work: Promise<unknown>): void {
  pending.add(work)
  void work.finally(() => pending.delete(work)).catch(() => {})
}

const findUser = traced('edge.user', { mockOnReplay: true }, async (id: string) => {
  effect('edge user')
  return { id, name: `User ${id}` }
})

const logVisit = traced('edge.log', { mockOnReplay: true }, async (id: string) => {
  effect('edge log')
  await new Promise(resolve => setTimeout(resolve, 3))
  return `logged ${id}`
})

const warm = traced('edge.warm', { mockOnReplay: true }, async (id: string) => {
  effect('edge warm')
  return id.length
})

const greet = traced('edge.greet', async (id: string) => {
  const { name } = await findUser(id)
  waitUntil(logVisit(id).then(() => warm(id)))
  waitUntil(new Promise(resolve => setTimeout(resolve, 10)).then(() => warm(`late ${id}`)))
  return `${settings.greeting}, ${name}.`
})

export const application: Application = {
  name: 'work after the answer',
  entry: greet,
  inputs: [['u1'], ['u2']],
  lingersMs: 60,
  change: { make: changing(settings, { greeting: 'Good evening' }), reports: {} },
}
