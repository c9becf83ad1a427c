// Drops four spans and rejects a record, then ends as its second argument says.
import { createRecorder } from '@runtape/recorder'
import { sqliteStore } from '@runtape/store-sqlite'
import { span } from '@runtape/testing'

const [, , path = '', ending = ''] = process.argv
const logger = { warn: () => {} }
const recorder = createRecorder({ store: sqliteStore(path), logger, maxSpans: 1, flushIntervalMs: 60_000 })
for (let spans = 0; spans < 5; spans++) recorder.append(span())
recorder.append({ kind: 'run-event' } as never)
if (ending === 'exit') process.exit(3)
if (ending === 'throw') throw new Error('uncaught')
