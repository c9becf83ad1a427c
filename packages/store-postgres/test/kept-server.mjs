// A server whose data stay for the next start, for the tour of examples/support-desk.
import { hash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { newServer } from './embedded.mjs'
import { isPublic, publicTemporary } from './embedded-user.mjs'

/** Starts a server with the data in a folder of `dataFolder`; makes them if there are none. */
export async function startKept(folder) {
  mkdirSync(folder, { recursive: true })
  await untilStopped(folder)
  const made = join(folder, 'made')
  // Perhaps a process was killed while it made them.
  if (!existsSync(made)) rmSync(join(folder, 'data'), { recursive: true, force: true })
  const server = await newServer({}, { kept: folder })
  if (!existsSync(made)) {
    await server.initialise()
    writeFileSync(made, '')
  }
  await server.start()
  return server
}

/**
 * The folder for the data of a server. If root does not let another user in, it is a temporary one, and always the same for
 * the same folder.
 */
export function dataFolder(wanted) {
  const path = resolve(wanted)
  let parent = path
  while (!existsSync(parent)) parent = dirname(parent)
  if (isPublic(parent)) return path
  return join(publicTemporary(), `runtape-postgres-of-${hash('sha256', path).slice(0, 12)}`)
}

/** A server that was told to stop takes a moment. */
async function untilStopped(folder) {
  const file = join(folder, 'data', 'postmaster.pid')
  for (let waitedMs = 0; existsSync(file); waitedMs += 100) {
    const pid = Number(readFileSync(file, 'utf8').split('\n')[0])
    // The file of a server that was killed is left. The next server notices that itself.
    if (!isRunning(pid)) return
    if (waitedMs > 15_000) throw new Error(`process ${pid} uses the server in ${folder}. End it first.`)
    await sleep(100)
  }
}

export function isRunning(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}
