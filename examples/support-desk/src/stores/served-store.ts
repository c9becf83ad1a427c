import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { fileKeys } from '@runtape/server/node'
import { settings } from '../settings.ts'
import type { DemoStore } from './demo-store.ts'

const command = fileURLToPath(import.meta.resolve('runtape/dist/main.js'))
const companion = new URL('end-with-tour.mjs', import.meta.url).href
const keyFile = join(settings.folder, 'server-keys.json')
const mostMs = 60_000

/** `runtape serve` in front of a store, in its own process. */
export interface ServedStore extends DemoStore {
  /** Kills it with SIGKILL, and starts it again at the same address. */
  killAndRestart(): Promise<void>
}

/** A server in front of a store of the tour, which the tour starts and ends. */
export async function servedStore(behind: DemoStore): Promise<ServedStore> {
  const opened = addressOf(behind)
  rmSync(keyFile, { force: true })
  const keys = fileKeys(keyFile)
  const desk = await keys.create(['ingest'], 'a desk')
  const tour = await keys.create(['admin'], 'the tour')
  let { child, url } = await startServe(opened, '0')
  return {
    name: `${behind.name}\n  server runtape serve in front of it, at ${url}`,
    env: { SUPPORT_DESK_SERVER: url, SUPPORT_DESK_KEY: tour.key, SUPPORT_DESK_INGEST_KEY: desk.key },
    place: behind.place,
    flag: `--server ${behind.flag === '' ? '--store sqlite ' : behind.flag.replace('--store postgres ', '')}`,
    clear: async () => {},
    killAndRestart: async () => {
      await end(child, 'SIGKILL')
      ;({ child, url } = await startServe(opened, new URL(url).port))
    },
    stop: async () => {
      await end(child, 'SIGTERM')
      rmSync(keyFile, { force: true })
      await behind.stop()
    },
  }
}

function addressOf({ env }: DemoStore): string {
  const { SUPPORT_DESK_POSTGRES: postgres } = env
  if (postgres === undefined) return settings.database
  const address = new URL(postgres)
  address.searchParams.set('schema', settings.schema)
  return address.href
}

async function startServe(store: string, port: string): Promise<{ child: ChildProcess; url: string }> {
  const args = ['serve', '--store', store, '--port', port, '--keys', keyFile]
  const child = spawn(process.execPath, ['--import', companion, command, ...args], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  child.stderr?.pipe(process.stderr)
  const late = setTimeout(() => child.kill('SIGKILL'), mostMs)
  try {
    for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream }))
      if (line.startsWith('Listening on ')) return { child, url: line.slice('Listening on '.length) }
  } finally {
    clearTimeout(late)
  }
  throw new Error('The server did not start. See its message above.')
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  // It says that it was interrupted.
  child.stderr?.unpipe(process.stderr).resume()
  const exit = once(child, 'exit')
  child.kill(signal)
  const late = setTimeout(() => child.kill('SIGKILL'), mostMs)
  await exit
  clearTimeout(late)
}
