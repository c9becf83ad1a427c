// Runs the Postgres server of one run of the tests: node server-process.mjs <folder> <process to watch>
// Writes ready.json or failed.txt into the folder, and ends with the process.
import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startEmbedded } from './embedded.mjs'

const [folder = '', watched = ''] = process.argv.slice(2)

function publish(name, text) {
  writeFileSync(join(folder, `${name}.new`), text)
  renameSync(join(folder, `${name}.new`), join(folder, name))
}

function isRunning(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

try {
  const server = await startEmbedded()
  publish('ready.json', JSON.stringify({ connectionString: server.connectionString }))
  while (isRunning(Number(watched))) await new Promise(resolve => setTimeout(resolve, 250))
  await server.remove()
  rmSync(folder, { recursive: true, force: true })
} catch (error) {
  publish('failed.txt', error?.message ?? String(error))
}
