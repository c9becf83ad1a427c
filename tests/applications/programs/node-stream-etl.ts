// A file is read through node streams: lines, parsed rows, a call for each, an NDJSON report.
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { traced } from '@runtape/trace'
import type { Application } from '../support/application.ts'
import { changing } from '../support/changing.ts'
import { effect } from '../support/effects.ts'

const settings = { shout: false }

const readExport = traced('etl.read', { mockOnReplay: true }, (name: string) => {
  effect('etl read')
  return Readable.from([`id,city\n1,${name}\n2,Ba`, 'sel\n', '3,Chur\n', '4,', '\n'])
})

const geocode = traced('etl.geocode', { mockOnReplay: true }, async (city: string) => {
  effect('etl geocode')
  if (city === '') throw new RangeError('no city')
  return { city, at: [city.length, -city.length] as const }
})

async function* lines(source: AsyncIterable<string | Buffer>) {
  let rest = ''
  for await (const piece of source) {
    const parts = (rest + String(piece)).split('\n')
    rest = parts.pop() ?? ''
    yield* parts
  }
  if (rest) yield rest
}

const toRow = () =>
  new Transform({
    objectMode: true,
    transform: (line: string, _, done) => {
      const [id, city = ''] = line.split(',')
      if (id === 'id') return done()
      geocode(settings.shout ? city.toUpperCase() : city).then(
        found => done(null, { id, ...found }),
        (error: Error) => done(null, { id, error: error.message }),
      )
    },
  })

const load = traced('etl.run', async (name: string) => {
  const rows: object[] = []
  await pipeline(readExport(name), lines, toRow(), async (source: AsyncIterable<object>) => {
    for await (const row of source) rows.push(row)
  })
  return rows
})

export const application: Application = {
  name: 'an import through node streams',
  entry: load,
  inputs: [['Bern'], ['Zug']],
  change: {
    make: changing(settings, { shout: true }),
    reports: { outcome: 'same', drifted: ['etl.geocode'], changed: ['etl.geocode'] },
  },
}
