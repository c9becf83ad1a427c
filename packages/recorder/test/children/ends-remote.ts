// Records one run event and one span for a slow store, then ends as its second argument says.
import { setTimeout as sleep } from 'node:timers/promises'
import { createRecorder } from '@runtape/recorder'
import { sqliteOutbox, sqliteStore } from '@runtape/store-sqlite'
import { runEvent, span } from '@runtape/testing'

const [, , path = '', ending = '', outbox = ''] = process.argv
const { appendSync: _, ...local } = sqliteStore(path)
const store = {
  ...local,
  append: async (records: Parameters<typeof local.append>[0]) => {
    await sleep(50)
    return local.append(records)
  },
}
const recorder = createRecorder({
  store,
  flushIntervalMs: 60_000,
  ...(outbox && { outbox: sqliteOutbox(outbox) }),
})
recorder.append(span())
recorder.append(runEvent({ metric: 'duration', value: 5 }))

const endings: Record<string, () => void> = {
  return: () => {},
  exit: () => process.exit(3),
  throw: () => {
    throw new Error('uncaught')
  },
  sigterm: () => {
    setTimeout(() => process.exit(99), 10_000)
    process.stdout.write('ready')
  },
}
endings[ending]?.()
