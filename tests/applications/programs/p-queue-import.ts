// An import that fetches pages through its own queue, three at a time, in the order in which they end.
import { traced } from '@runtape/trace'
import PQueue from 'p-queue'
import type { Application } from '../support/application.ts'
import { changing } from '../support/changing.ts'
import { effect } from '../support/effects.ts'

const settings = { concurrency: 3, skipEmpty: false }

interface Page {
  readonly url: string
  readonly words: number
}

const fetchPage = traced('import.fetch-page', { mockOnReplay: true }, async (url: string): Promise<Page> => {
  effect('import fetch')
  const response = await fetch(`${process.env.SHOP_URL}/orders/${url}`)
  const body = await response.text()
  return { url, words: body.length % 5 }
})

const store = traced('import.store', { mockOnReplay: true }, async ({ url }: Page) => {
  effect('import store')
  return `row-${url}`
})

const importPages = traced('import.run', async (urls: readonly string[]) => {
  const queue = new PQueue({ concurrency: settings.concurrency })
  const rows: string[] = []
  const seen: string[] = []
  for (const url of urls) {
    void queue.add(async () => {
      const page = await fetchPage(url)
      seen.push(page.url)
      if (page.words > 0 || !settings.skipEmpty) rows.push(await store(page))
    })
  }
  await queue.onIdle()
  return { rows, seen }
})

export const application: Application = {
  name: 'an import through p-queue',
  entry: importPages,
  inputs: [[['A-1', 'A-2', 'A-3', 'A-4', 'A-5']], [['A-6', 'A-77', 'A-888']]],
  change: {
    make: changing(settings, { skipEmpty: true }),
    reports: { outcome: 'changed|same', unused: ['import.store'], removed: ['import.store'] },
  },
}
