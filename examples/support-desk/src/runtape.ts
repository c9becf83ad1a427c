import { createClient, fileFlags, teeSink } from '@runtape/client'
import { createRecorder } from '@runtape/recorder'
import { sqliteStore } from '@runtape/store-sqlite'
import { configureTracing } from '@runtape/trace'
import { auditLog } from './audit-log.ts'
import { onBedrock } from './providers/on-bedrock.ts'
import { settings } from './settings.ts'

/** One file beside the application: no server, nothing to set up. */
export const store = sqliteStore(settings.database)
export const recorder = createRecorder({ store })
configureTracing({ sink: recorder })

/** Where run events go: to the recorder, and where an audit log is asked for, then to that. */
export const sink = settings.auditLog ? teeSink(recorder, auditLog(settings.auditLog)) : recorder

const configs = fileFlags(settings.configs)
const flags = settings.provider === 'bedrock' ? onBedrock(configs) : configs
export const runtape = createClient({ flags, sink })
