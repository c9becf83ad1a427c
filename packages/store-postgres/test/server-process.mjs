// Runs a Postgres server for another process: node server-process.mjs <folder> <process to watch> [<folder for its data>]
// Writes ready.json or failed.txt into the folder, and ends with the process, or once the folder has a file
// "stop". Without a folder for its data, the data goes with it.
import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startEmbedded } from './embedded.mjs'
import { isRunning, startKept } from './kept-server.mjs'

const [folder = '', watched = '', kept] = process.argv.slice(2)

function publish(name, text) {
  writeFileSync(join(folder, `${name}.new`), text)
  renameSync(join(folder, `${name}.new`), join(folder, name))
}

try {
  const server = await (kept ? startKept(kept) : startEmbedded())
  publish('ready.json', JSON.stringify({ connectionString: server.connectionString }))
  while (isRunning(Number(watched)) && !existsSync(join(folder, 'stop')))
    await new Promise(resolve => setTimeout(resolve, 250))
  await (kept ? server.stop() : server.remove())
  rmSync(folder, { recursive: true, force: true })
} catch (error) {
  publish('failed.txt', error?.message ?? String(error))
}
