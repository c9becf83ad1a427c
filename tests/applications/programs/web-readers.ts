// Exports of a warehouse as web streams, read in every common way.
import { traced } from '@runtape/trace'
import type { Application } from '../support/application.ts'
import { changing } from '../support/changing.ts'
import { effect } from '../support/effects.ts'

const settings = { shout: false }

const rows = traced('export.rows', { mockOnReplay: true }, () => {
  effect('export rows')
  let row = 0
  return new ReadableStream<string>({
    pull: async controller => {
      await new Promise(resolve => setTimeout(resolve, 1))
      if (row++ < 4) controller.enqueue(`row ${row}`)
      else controller.close()
    },
  })
})
const broken = traced('export.broken', { mockOnReplay: true }, () => {
  effect('export broken')
  let row = 0
  return new ReadableStream<number>({
    pull: controller => (row++ < 2 ? controller.enqueue(row) : controller.error(new RangeError('row 3'))),
  })
})

async function all<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const read: T[] = []
  for await (const item of stream) read.push(item)
  return read
}

const ways: Record<string, () => unknown> = {
  loop: () => all(rows()),
  reader: async () => {
    const reader = rows().getReader()
    const read: unknown[] = []
    for (let next = await reader.read(); !next.done; next = await reader.read()) read.push(next.value)
    await reader.closed
    return read
  },
  tee: () => Promise.all(rows().tee().map(all)),
  transform: () =>
    all(
      rows().pipeThrough(
        new TransformStream<string, number>({ transform: (row, to) => to.enqueue(row.length) }),
      ),
    ),
  pipe: async () => {
    const read: string[] = []
    await rows().pipeTo(new WritableStream({ write: row => void read.push(row) }))
    return read
  },
  first: async () => {
    for await (const row of rows()) return row
    return undefined
  },
  cancel: async () => {
    const reader = rows().getReader()
    const { value } = await reader.read()
    await reader.cancel('enough')
    return value
  },
  twice: async () => [await all(rows()), await all(rows())],
  error: async () => {
    const read: unknown[] = []
    try {
      for await (const row of broken()) read.push(row)
    } catch (error) {
      read.push(error instanceof RangeError && error.message)
    }
    return read
  },
}

const report = traced('export.report', async (way: string) => {
  const read = await ways[way]?.()
  return settings.shout ? [read, '!'] : [read]
})

export const application: Application = {
  name: 'streams of the Web in every way of reading',
  entry: report,
  inputs: Object.keys(ways).map(way => [way]),
  change: { make: changing(settings, { shout: true }), reports: {} },
}
