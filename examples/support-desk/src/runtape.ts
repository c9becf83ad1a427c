import { createClient, fileFlags, teeSink } from '@runtape/client'
import { createRecorder } from '@runtape/recorder'
import { httpStore } from '@runtape/store-http'
import { postgresStore } from '@runtape/store-postgres'
import { sqliteOutbox, sqliteStore } from '@runtape/store-sqlite'
import { configureTracing } from '@runtape/trace'
import { auditLog } from './audit-log.ts'
import { withModelsOf } from './providers/with-models-of.ts'
import { settings } from './settings.ts'

const { postgres: connectionString, schema, server: url, key = '' } = settings

/** One file beside the application: no server, nothing to set up. For many machines it is Postgres, or a server in front of it. */
export const store = url
  ? httpStore({ url, key })
  : connectionString === undefined
    ? sqliteStore(settings.database)
    : postgresStore({ connectionString, schema })
/** What is elsewhere may be away: until it is back, run events are in a file beside the application. */
export const outbox = url || connectionString !== undefined ? sqliteOutbox(settings.outbox) : undefined
export const recorder = createRecorder({ store, ...(outbox && { outbox }) })
configureTracing({ sink: recorder })

/** The sink of run events: the recorder, then an audit log if configured. */
export const sink = settings.auditLog ? teeSink(recorder, auditLog(settings.auditLog)) : recorder

const flags = withModelsOf(settings.provider, fileFlags(settings.configs))
export const runtape = createClient({ flags, sink })
