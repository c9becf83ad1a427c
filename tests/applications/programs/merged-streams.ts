// Two models answer concurrently, and the user sees the words of both as they arrive.
import { traced } from '@runtape/trace'
import type { Application } from '../support/application.ts'
import { changing } from '../support/changing.ts'
import { effect } from '../support/effects.ts'

const settings = { names: true }

const answer = traced(
  'duel.answer',
  { type: 'model', mockOnReplay: true },
  async function* (model: string, text: string) {
    effect('duel answer')
    for (const [at, word] of text.split(' ').entries()) {
      await new Promise(resolve => setTimeout(resolve, (at * 5 + model.length) % 7))
      yield `${word}-${model}`
    }
  },
)

const lookUp = traced('duel.look-up', { type: 'tool', mockOnReplay: true }, async (word: string) => {
  effect('duel look-up')
  await new Promise(resolve => setTimeout(resolve, 4))
  return word.length
})

async function* merge<T>(...sources: AsyncIterator<T>[]) {
  const next = (source: AsyncIterator<T>) => source.next().then(result => ({ source, result }))
  const waiting = new Map(sources.map(source => [source, next(source)]))
  while (waiting.size > 0) {
    const { source, result } = await Promise.race(waiting.values())
    if (result.done) waiting.delete(source)
    else {
      waiting.set(source, next(source))
      yield result.value
    }
  }
}

const duel = traced('duel.run', async function* (text: string) {
  let looked: number | undefined
  void lookUp(text).then(length => (looked = length))
  for await (const word of merge(answer('tea', text), answer('coffee', text), answer('m', text)))
    yield `${settings.names ? word : word.split('-')[0]} ${looked ?? '…'}`
})

export const application: Application = {
  name: 'the merged streams of three models',
  entry: duel,
  inputs: [['one two three four'], ['a b c d e f']],
  change: { make: changing(settings, { names: false }), reports: {} },
}
