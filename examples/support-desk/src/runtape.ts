import { createClient, fileFlags, teeSink } from '@runtape/client'
import { createRecorder } from '@runtape/recorder'
import { postgresStore } from '@runtape/store-postgres'
import { sqliteOutbox, sqliteStore } from '@runtape/store-sqlite'
import { configureTracing } from '@runtape/trace'
import { auditLog } from './audit-log.ts'
import { withModelsOf } from './providers/with-models-of.ts'
import { settings } from './settings.ts'

const { postgres: connectionString, schema } = settings

/** One file beside the application: no server, nothing to set up. For many machines it is a Postgres server. */
export const store =
  connectionString === undefined
    ? sqliteStore(settings.database)
    : postgresStore({ connectionString, schema })
/** A server may be away: until it is back, run events are in a file beside the application. */
const outbox = connectionString === undefined ? {} : { outbox: sqliteOutbox(settings.outbox) }
export const recorder = createRecorder({ store, ...outbox })
configureTracing({ sink: recorder })

/** The sink of run events: the recorder, then an audit log if configured. */
export const sink = settings.auditLog ? teeSink(recorder, auditLog(settings.auditLog)) : recorder

const flags = withModelsOf(settings.provider, fileFlags(settings.configs))
export const runtape = createClient({ flags, sink })
