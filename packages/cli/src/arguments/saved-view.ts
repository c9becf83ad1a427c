import type { RunFilter, SavedView, Store } from '@runtape/core/store'
import type { Args } from './args.ts'
import type { Flag } from './command.ts'
import { Misuse } from './usage-error.ts'

export const viewFlag: Flag = {
  value: 'name',
  about: 'only runs of this saved view; --where narrows it ("runtape views" lists them)',
}

/** The view of `--view`. */
export async function viewOf(store: Store, args: Args): Promise<SavedView | undefined> {
  const name = args.text('view')
  if (name === undefined) return undefined
  const view = await store.views.get(name)
  if (view) return view
  const others = (await store.views.list()).map(each => each.name)
  const known = others.length === 0 ? 'The store has none' : `Views: ${others.slice(0, 10).join(', ')}`
  throw new Misuse(`There is no view "${name}". ${known}.`)
}

/** The filter of a view, narrowed by that of the flags. */
export function inView(view: SavedView | undefined, filter: RunFilter): RunFilter {
  if (view === undefined) return filter
  return { ...filter, where: [view.filter, filter.where].filter(Boolean).join(' ') }
}
