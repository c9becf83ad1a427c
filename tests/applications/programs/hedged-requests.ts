// Hedged requests: a second replica is asked when the first one is slow, and the loser is aborted.
import { traced } from '@runtape/trace'
import type { Application } from '../support/application.ts'
import { changing } from '../support/changing.ts'
import { effect } from '../support/effects.ts'

const settings = { end: '!' }

const ask = traced(
  'hedge.ask',
  { mockOnReplay: true },
  async (replica: string, ms: number, signal: AbortSignal) => {
    effect('hedge ask')
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(resolve, ms)
      signal.addEventListener('abort', () => {
        clearTimeout(timer)
        reject(signal.reason)
      })
    })
    return `${ms} from ${replica}`
  },
)

const read = traced('hedge.read', async (first: number, second: number) => {
  const controller = new AbortController()
  const calls = [ask('a', first, controller.signal)]
  const hedge = new Promise<string>((resolve, reject) => {
    const timer = setTimeout(() => ask('b', second, controller.signal).then(resolve, reject), 30)
    controller.signal.addEventListener('abort', () => clearTimeout(timer))
  })
  const winner = await Promise.race([...calls, hedge])
  controller.abort(new DOMException('another one was faster', 'AbortError'))
  const [loser] = await Promise.allSettled(calls)
  return { winner: `${winner}${settings.end}`, first: loser?.status }
})

export const application: Application = {
  name: 'hedged requests',
  entry: read,
  inputs: [
    [5, 5],
    [300, 20],
  ],
  lingersMs: 50,
  change: {
    make: changing(settings, { end: '?' }),
    reports: {},
  },
}
