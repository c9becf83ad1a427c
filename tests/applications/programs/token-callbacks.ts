// A client of a custom model server with typical callbacks: onToken, onDone, and a Node-style one.
import { traced } from '@runtape/trace'
import type { Application } from '../support/application.ts'
import { changing } from '../support/changing.ts'
import { effect } from '../support/effects.ts'

interface Handlers {
  onToken(token: string): void
  onDone?(count: number): void
}

const generate = traced(
  'callbacks.generate',
  { type: 'model', mockOnReplay: true, callbacks: 'record' },
  async (prompt: string, on: Handlers) => {
    effect('callbacks generate')
    const words = `You said ${prompt}`.split(' ')
    for (const word of words) {
      await new Promise(resolve => setTimeout(resolve, 1))
      on.onToken(word)
    }
    on.onDone?.(words.length)
    return { finish: 'stop' }
  },
)

type Done = (error: Error | null, rows?: readonly string[]) => void

const query = traced(
  'callbacks.query',
  { mockOnReplay: true, callbacks: 'record' },
  (sql: string, done: Done): void => {
    effect('callbacks query')
    setTimeout(() => (sql.includes('nothing') ? done(new Error('no table')) : done(null, [sql, 'row'])), 2)
  },
)

const settings = { separator: ' ' }

const ask = traced('callbacks.ask', async (prompt: string) => {
  const tokens: string[] = []
  let count = 0
  const { finish } = await generate(prompt, {
    onToken: token => tokens.push(token),
    onDone: total => (count = total),
  })
  const rows = await new Promise((resolve, reject) => {
    query(`SELECT ${prompt}`, (error, found) => (error ? reject(error) : resolve(found)))
  }).catch((error: Error) => error.message)
  return { text: tokens.join(settings.separator), count, finish, rows }
})

export const application: Application = {
  name: 'a client with callbacks',
  entry: ask,
  inputs: [['a kettle'], ['nothing']],
  change: { make: changing(settings, { separator: '' }), reports: {} },
}
