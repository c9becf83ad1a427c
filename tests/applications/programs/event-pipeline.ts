// A pipeline of event emitters: documents are parsed, enriched and indexed by listeners.
import { EventEmitter } from 'node:events'
import { traced } from '@runtape/trace'
import type { Application } from '../support/application.ts'
import { changing } from '../support/changing.ts'
import { effect } from '../support/effects.ts'

interface Events {
  document: [id: string, text: string]
  entities: [id: string, entities: readonly string[]]
  indexed: [id: string]
  problem: [id: string, error: Error]
}

const settings = { leastLength: 3 }

const findEntities = traced('indexing.entities', { mockOnReplay: true }, async (text: string) => {
  effect('indexing entities')
  await new Promise(resolve => setTimeout(resolve, text.length % 6))
  if (text.includes('???')) throw new SyntaxError('unreadable')
  return text.match(/\b[A-Z]\w+/g) ?? []
})

const index = traced(
  'indexing.index',
  { mockOnReplay: true },
  async (id: string, entities: readonly string[]) => {
    effect('indexing index')
    return { id, size: entities.length }
  },
)

function newPipeline(): EventEmitter<Events> {
  const pipeline = new EventEmitter<Events>()
  const fail = (id: string) => (error: Error) => pipeline.emit('problem', id, error)
  pipeline.on('document', (id, text) => {
    findEntities(text).then(entities => pipeline.emit('entities', id, entities), fail(id))
  })
  pipeline.on('entities', (id, entities) => {
    const long = entities.filter(({ length }) => length >= settings.leastLength)
    index(id, long).then(() => pipeline.emit('indexed', id), fail(id))
  })
  return pipeline
}

const indexAll = traced('indexing.run', (documents: Readonly<Record<string, string>>) => {
  const pipeline = newPipeline()
  const done: string[] = []
  const { promise, resolve } = Promise.withResolvers<readonly string[]>()
  const end = (line: string) => void (done.push(line) === Object.keys(documents).length && resolve(done))
  pipeline.on('indexed', id => end(`${id} indexed`))
  pipeline.on('problem', (id, { name }) => end(`${id} ${name}`))
  for (const [id, text] of Object.entries(documents)) pipeline.emit('document', id, text)
  return promise
})

export const application: Application = {
  name: 'a pipeline of event emitters',
  entry: indexAll,
  inputs: [
    [{ a: 'Ada met Bo in Bern.', b: '???', c: 'Nothing here', d: 'Tea and Kettles and Eve' }],
    [{ e: 'No one' }],
  ],
  change: {
    make: changing(settings, { leastLength: 4 }),
    reports: { outcome: 'same', drifted: ['indexing.index'], changed: ['indexing.index'] },
  },
}
