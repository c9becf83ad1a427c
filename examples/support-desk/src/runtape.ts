import { createClient, fileFlags, teeSink } from '@runtape/client'
import { createRecorder } from '@runtape/recorder'
import { sqliteStore } from '@runtape/store-sqlite'
import { configureTracing } from '@runtape/trace'
import { auditLog } from './audit-log.ts'
import { withModelsOf } from './providers/with-models-of.ts'
import { settings } from './settings.ts'

/** One file beside the application: no server, nothing to set up. */
export const store = sqliteStore(settings.database)
export const recorder = createRecorder({ store })
configureTracing({ sink: recorder })

/** The sink of run events: the recorder, then an audit log if configured. */
export const sink = settings.auditLog ? teeSink(recorder, auditLog(settings.auditLog)) : recorder

const flags = withModelsOf(settings.provider, fileFlags(settings.configs))
export const runtape = createClient({ flags, sink })
