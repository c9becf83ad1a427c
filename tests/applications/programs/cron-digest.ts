// A digest that a cron job makes periodically: timers start the calls, an answer ends them.
import { traced } from '@runtape/trace'
import { Cron } from 'croner'
import type { Application } from '../support/application.ts'
import { changing } from '../support/changing.ts'
import { effect } from '../support/effects.ts'

const settings = { title: 'Digest' }

const collectNews = traced('digest.collect', { mockOnReplay: true }, async (topic: string, round: number) => {
  effect('digest collect')
  return { topic, round, lines: [`${topic} ${round}`] }
})

const send = traced('digest.send', { type: 'tool', mockOnReplay: true }, async (text: string) => {
  effect('digest send')
  return text.length
})

const digest = traced('digest.run', async (topic: string, rounds: number) => {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  const collected: string[] = []
  const job = new Cron('* * * * * *', { maxRuns: rounds, interval: 0, paused: true, protect: true })
  let round = 0
  const tick = async () => {
    try {
      collected.push(...(await collectNews(topic, ++round)).lines)
      if (round === rounds) resolve(await send(`${settings.title}: ${collected.join(', ')}`))
      else setTimeout(tick, 2)
    } catch (error) {
      reject(error)
    }
  }
  job.schedule(() => {})
  job.stop()
  setTimeout(tick, 5)
  return { sent: await promise, collected, next: job.nextRun() }
})

export const application: Application = {
  name: 'a digest by timers',
  entry: digest,
  inputs: [
    ['tea', 3],
    ['kettles', 1],
  ],
  change: {
    make: changing(settings, { title: 'News' }),
    reports: { outcome: 'same', drifted: ['digest.send'], changed: ['digest.send'] },
  },
}
