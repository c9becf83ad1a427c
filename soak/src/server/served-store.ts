import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { fileKeys } from '@runtape/server/node'
import type { ServedPlace } from '../worker-settings.ts'

/** `runtape serve` in front of an SQLite file, in a process that can be killed. */
export interface ServedStore extends ServedPlace {
  readonly kills: number
  killAndRestart(pauseMs: number): Promise<void>
  /** Ends it as an operator does. Resolves to its exit code. */
  stop(): Promise<number | null>
}

const command = fileURLToPath(new URL('../../../packages/cli/dist/main.js', import.meta.url))

/** @param folder of the database, `runtape.db` */
export async function startServedStore(folder: string): Promise<ServedStore> {
  const { key } = await fileKeys(`${folder}/runtape-keys.json`).create(['admin'])
  let { child, url } = await start(folder, '0')
  const { port } = new URL(url)
  let kills = 0
  return {
    key,
    url,
    get kills() {
      return kills
    },
    killAndRestart: async pauseMs => {
      await ended(child, 'SIGKILL')
      kills++
      await new Promise(resolve => setTimeout(resolve, pauseMs))
      ;({ child, url } = await start(folder, port))
    },
    stop: () => ended(child, 'SIGTERM'),
  }
}

async function start(folder: string, port: string): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, [command, 'serve', '--port', port], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  for await (const line of createInterface({ input: child.stdout }))
    return { child, url: line.replace('Listening on ', '') }
  throw new Error('runtape serve ended before it listened.')
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  const exit = once(child, 'exit')
  child.kill(signal)
  const [code] = await exit
  return code
}
