// A sync generator of ids, an async generator of pages, and a consumer that stops when it has enough.
import { traced } from '@runtape/trace'
import type { Application } from '../support/application.ts'
import { changing } from '../support/changing.ts'
import { effect } from '../support/effects.ts'

interface Page {
  readonly items: readonly { readonly id: number; readonly at: Date }[]
  readonly next: number | undefined
}

const settings = { enough: 5 }

const fetchPage = traced('paging.page', { mockOnReplay: true }, async (cursor: number): Promise<Page> => {
  effect('paging page')
  const items = Array.from({ length: 2 }, (_, at) => ({ id: cursor + at, at: new Date(cursor * 1000) }))
  return { items, next: cursor < 8 ? cursor + 2 : undefined }
})

const ids = traced('paging.ids', { mockOnReplay: true }, function* (count: number): Generator<
  string,
  string,
  void
> {
  effect('paging ids')
  for (let at = 0; at < count; at++) yield `id-${at}`
  return 'no more ids'
})

async function* items() {
  for (let cursor: number | undefined = 0; cursor !== undefined; ) {
    const page: Page = await fetchPage(cursor)
    yield* page.items
    cursor = page.next
  }
}

const collect = traced('paging.collect', async (count: number) => {
  const names = ids(count)
  const found: object[] = []
  for await (const item of items()) {
    const { value, done } = names.next()
    if (done || found.push({ ...item, name: value }) === settings.enough) break
  }
  return { found, rest: names.next() }
})

export const application: Application = {
  name: 'paging with generators',
  entry: collect,
  inputs: [[3], [10]],
  change: {
    make: changing(settings, { enough: 1 }),
    reports: { unused: ['paging.page'], removed: ['paging.page'] },
  },
}
