import type { Logger } from '@runtape/core'
import { createRecorder, type Recorder } from '@runtape/recorder'
import { httpStore } from '@runtape/store-http'
import { postgresStore } from '@runtape/store-postgres'
import { sqliteOutbox, sqliteStore } from '@runtape/store-sqlite'
import { remoteRecorderLimits, remoteStore } from './remote-store.ts'
import type { PostgresPlace, WorkerSettings, WorkerTarget } from './worker-settings.ts'

/** A recorder as the settings of a worker want it. */
export function workerRecorder(settings: WorkerSettings, logger: Logger): Recorder {
  const { path, remote, postgres, served, life } = settings
  if (postgres || served) return recorderBehind(outboxOf(path, life), settings, logger)
  if (remote) return recorderBehind(path, settings, logger)
  return createRecorder({ store: sqliteStore(path), logger })
}

/** A recorder with an outbox in front of a store elsewhere. */
export function recorderBehind(path: string, target: WorkerTarget, logger: Logger): Recorder {
  const outbox = sqliteOutbox(path)
  if (target.postgres)
    return createRecorder({ store: patientStore(target.postgres), outbox, logger, ...distantLimits })
  if (target.served) {
    const store = httpStore({ ...target.served, timeoutMs: 3000 })
    return createRecorder({ store, outbox, logger, ...distantLimits })
  }
  return createRecorder({ store: remoteStore(target.remote ?? ''), outbox, logger, ...remoteRecorderLimits })
}

/** The number of outboxes beside a server. Each plays the disk of one machine, with several processes. */
const machines = 4

const outboxOf = (path: string, life: number): string => `${path}.${life % machines}`

/** The outboxes of all workers. */
export const outboxesOf = (path: string): string[] =>
  Array.from({ length: machines }, (_, machine) => outboxOf(path, machine))

// Short times, so that what a killed process or a silent server holds up is sent again within the test.
const patientStore = (place: PostgresPlace) =>
  postgresStore({ ...place, maxConnections: 2, connectionTimeoutMs: 3000, answerTimeoutMs: 3000 })

const distantLimits = { leaseMs: 5000, appendTimeoutMs: 5000, retryBaseMs: 5, retryMaxMs: 200 } as const
