// Watches the budgets of a database, and sends each crossing to its parent.
import { watchBudgets } from '@runtape/recorder'
import { sqliteStore } from '@runtape/store-sqlite'

const [, , path = ''] = process.argv
const store = sqliteStore(path)
const stop = watchBudgets(
  store,
  ({ budget, level, number }) => process.send?.([budget.name, level, number]),
  {
    everyMs: 3,
  },
)
process.send?.('ready')
process.once('message', async () => {
  await stop()
  await store.close()
  process.disconnect()
})
