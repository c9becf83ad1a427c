import type { Outbox } from '@runtape/core/internal'
import { isDamage } from '../database/errors.ts'
import type { FollowedFile } from './followed-file.ts'

/** Distance between the event ids of one file and the next, because another event can have the same id there. */
const perFile = 2 ** 40

/**
 * An outbox that continues in the file that is now at its path. Waiting events are copied. Events that were being sent
 * when the file was replaced are sent again, which is harmless.
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
  /** Damage affects only the damaged pages: the outbox continues in a new file. */
  const using = <T>(work: (outbox: Outbox) => T): T => {
    try {
      return work(use())
    } catch (error) {
      if (!isDamage(error) || !file.leaveDamaged()) throw error
      return work(use())
    }
  }
  return {
    put: events => using(outbox => outbox.put(events)),
    lease: (limit, leaseMs) => {
      const leased = using(outbox => outbox.lease(limit, leaseMs))
      return leased.map(({ id, event }) => ({ id: files * perFile + id, event }))
    },
    acknowledge: ids => using(outbox => outbox.acknowledge(own(ids))),
    release: ids => using(outbox => outbox.release(own(ids))),
    setAside: refused =>
      using(outbox =>
        outbox.setAside(
          refused.filter(({ id }) => isOfThis(id)).map(({ id, reason }) => ({ id: id % perFile, reason })),
        ),
      ),
    size: () => using(outbox => outbox.size()),
    notes: () => file.notes.all(),
    close: () => file.close().close(),
  }
}
