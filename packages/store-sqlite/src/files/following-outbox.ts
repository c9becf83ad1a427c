import type { Outbox } from '@runtape/core/internal'
import type { FollowedFile } from './followed-file.ts'

/** Numbers of the events of one file lie apart from those of the next: another event can have the same number there. */
const perFile = 2 ** 40

/**
 * An outbox that goes on in the file that is at its path. What waited is copied; events that were on their way when the
 * file was replaced are sent once more, which is harmless.
 */
export function followingOutbox(file: FollowedFile<Outbox>): Outbox {
  let [last, files]: [Outbox | undefined, number] = [undefined, -1]
  const use = (): Outbox => {
    const outbox = file.use()
    if (outbox !== last) files++
    last = outbox
    return outbox
  }
  const isOfThis = (id: number): boolean => Math.floor(id / perFile) === files
  const own = (ids: readonly number[]): number[] => ids.filter(isOfThis).map(id => id % perFile)
  return {
    put: events => use().put(events),
    lease: (limit, leaseMs) => {
      const leased = use().lease(limit, leaseMs)
      return leased.map(({ id, event }) => ({ id: files * perFile + id, event }))
    },
    acknowledge: ids => {
      const outbox = use()
      outbox.acknowledge(own(ids))
    },
    release: ids => {
      const outbox = use()
      outbox.release(own(ids))
    },
    setAside: refused => {
      const outbox = use()
      outbox.setAside(
        refused.filter(({ id }) => isOfThis(id)).map(({ id, reason }) => ({ id: id % perFile, reason })),
      )
    },
    size: () => use().size(),
    notes: () => file.notes.all(),
    close: () => file.close().close(),
  }
}
