// An application that is bundled with the store. Starts the worker, reads with it, and ends by itself.
import { runEvent } from '@runtape/testing'
import { sqliteStore } from '../dist/index.js'

const store = sqliteStore(process.argv[2], { worker: true })
store.appendSync([runEvent()])
const look = setInterval(async () => {
  const { background, backgroundReason } = store.diagnostics()
  if (background !== 'worker' && backgroundReason === 'the worker is starting') return
  clearInterval(look)
  const [row] = await store.runs.usage()
  console.log(JSON.stringify({ ...store.diagnostics(), runs: row.runs }))
}, 5)
