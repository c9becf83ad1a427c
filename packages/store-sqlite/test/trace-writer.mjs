// Writes traces of two spans each, a trace in one batch, until it is killed.
import { span } from '@runtape/testing'
import { sqliteStore } from '../dist/index.js'

const store = sqliteStore(process.argv[2])
process.send('ready')
for (;;) {
  const root = span({ startedAt: Date.now() })
  store.appendSync([root, span({ traceId: root.traceId, parentSpanId: root.spanId })])
}
