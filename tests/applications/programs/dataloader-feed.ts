// A feed that loads authors through a DataLoader of the request, in batches.
import { traced } from '@runtape/trace'
import DataLoader from 'dataloader'
import type { Application } from '../support/application.ts'
import { changing } from '../support/changing.ts'
import { effect } from '../support/effects.ts'

interface Author {
  readonly id: string
  readonly name: string
}

const settings = { withEditors: true }

const loadAuthors = traced('feed.load-authors', { mockOnReplay: true }, async (ids: readonly string[]) => {
  effect('feed load')
  await new Promise(resolve => setImmediate(resolve))
  return ids.map((id): Author | RangeError =>
    id === 'a0' ? new RangeError(`no author ${id}`) : { id, name: `Name ${id}` },
  )
})

const loadPosts = traced('feed.load-posts', { mockOnReplay: true }, async (topic: string) => {
  effect('feed posts')
  return Array.from({ length: 4 }, (_, at) => ({
    title: `${topic} ${at}`,
    author: `a${at % 3}`,
    editor: `a${at + 1}`,
  }))
})

const feed = traced('feed.show', async (topic: string) => {
  const authors = new DataLoader<string, Author>(loadAuthors)
  const posts = await loadPosts(topic)
  return Promise.all(
    posts.map(async ({ title, author, editor }) => {
      const by = await authors.load(author).then(
        ({ name }) => name,
        (error: Error) => error.message,
      )
      if (!settings.withEditors) return { title, by }
      return { title, by, editor: (await authors.load(editor)).name }
    }),
  )
})

export const application: Application = {
  name: 'a feed that batches with DataLoader',
  entry: feed,
  inputs: [['kettles'], ['tea']],
  change: {
    make: changing(settings, { withEditors: false }),
    reports: { unused: ['feed.load-authors'], removed: ['feed.load-authors'] },
  },
}
