// Records one run event and three spans, then ends as its second argument says.
import { createRecorder } from '@runtape/recorder'
import { sqliteStore } from '@runtape/store-sqlite'
import { runEvent, span } from '@runtape/testing'

const [, , path = '', ending = ''] = process.argv
const recorder = createRecorder({ store: sqliteStore(path), flushIntervalMs: 60_000 })
recorder.append(runEvent({ metric: 'duration', value: 5 }))
const [root, ...others] = ['0000000000000001', '0000000000000002', '0000000000000003']
const traceId = 'a'.repeat(32)
recorder.append(span({ traceId, spanId: root }))
for (const spanId of others) recorder.append(span({ traceId, spanId, parentSpanId: root }))

const endings: Record<string, () => unknown> = {
  return: () => {},
  exit: () => process.exit(3),
  invalid: () => {
    recorder.append(span({ metadata: { size: 10n } }))
    process.exit(3)
  },
  throw: () => {
    throw new Error('uncaught')
  },
  reject: () => void Promise.reject(new Error('unhandled')),
  sigterm: waitForSignal,
  'own-listener': () => {
    process.once('SIGTERM', () => setTimeout(() => process.exit(7), 50))
    waitForSignal()
  },
  'second-copy': async () => {
    const url = new URL('../../src/create-recorder.ts', import.meta.url).href
    const copy = (await import(url)) as typeof import('@runtape/recorder')
    copy.createRecorder({ store: sqliteStore(':memory:') })
    waitForSignal()
  },
  'polite-listener': () => {
    // As signal-exit does.
    const listener = () => {
      if (process.listenerCount('SIGTERM') > 1) return
      process.off('SIGTERM', listener)
      process.kill(process.pid, 'SIGTERM')
    }
    process.on('SIGTERM', listener)
    waitForSignal()
  },
  sigkill: () => process.kill(process.pid, 'SIGKILL'),
}
endings[ending]?.()

function waitForSignal(): void {
  setTimeout(() => process.exit(99), 10_000)
  process.stdout.write('ready')
}
