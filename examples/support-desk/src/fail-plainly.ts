import { messageOf } from '@runtape/core/internal'

// Imported first by every program of the demo: an error shows what to do, not where it was thrown.
process.on('uncaughtException', error => {
  console.error(`\n${messageOf(error)}`)
  process.exit(1)
})
