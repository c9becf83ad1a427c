// A wizard of steps as generators: answers go in with next(), it is stopped and thrown at, and resumed elsewhere.
import { traced } from '@runtape/trace'
import type { Application } from '../support/application.ts'
import { changing } from '../support/changing.ts'
import { effect } from '../support/effects.ts'

const settings = { last: 'done' }

const steps = traced('wizard.steps', { mockOnReplay: true }, function* (first: string): Generator<
  string,
  string,
  string
> {
  effect('wizard steps')
  const name = yield `${first}?`
  const age = yield `${name}, how old?`
  return `${name} is ${age}`
})
const pages = traced('wizard.pages', { mockOnReplay: true }, async function* (count: number) {
  effect('wizard pages')
  for (let page = 0; page < count; page++) yield page
  return 'end'
})

const ways: Record<string, () => unknown> = {
  answers: () => {
    const wizard = steps('Who')
    return [wizard.next(), wizard.next('Ada'), wizard.next('36'), wizard.next()]
  },
  'two at a time': () => {
    const [a, b] = [steps('A'), steps('B')]
    return [a.next(), b.next(), b.next('Bo'), a.next('Al')]
  },
  stopped: async () => {
    const wizard = pages(3)
    return [await wizard.next(), await wizard.return('enough'), await wizard.next()]
  },
  'thrown at': async () => {
    const wizard = pages(3)
    await wizard.next()
    return wizard.throw(new RangeError('no')).catch((error: Error) => error.message)
  },
  'asked ahead': async () => {
    const wizard = pages(2)
    return Promise.all([wizard.next(), wizard.next(), wizard.next(), wizard.next()])
  },
  'resumed by a timer': () => {
    const wizard = pages(2)
    return new Promise(resolve => {
      const read: unknown[] = []
      const next = async () => {
        const { done, value } = await wizard.next()
        read.push(value)
        if (done) resolve(read)
        else setTimeout(next, 1)
      }
      setTimeout(next, 1)
    })
  },
}

const run = traced('wizard.run', async (way: string) => [await ways[way]?.(), settings.last])

export const application: Application = {
  name: 'generators that are resumed, stopped and thrown at',
  entry: run,
  inputs: Object.keys(ways).map(way => [way]),
  change: { make: changing(settings, { last: 'over' }), reports: {} },
}
