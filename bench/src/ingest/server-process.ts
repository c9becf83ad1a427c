import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { fileKeys } from '@runtape/server/node'

const command = fileURLToPath(new URL('../../../packages/cli/dist/main.js', import.meta.url))

/** `runtape serve` in its own process. */
export interface ServerProcess {
  readonly url: string
  readonly key: string
  /** The most memory that was seen, in MB. */
  peakMb(): number
  stop(): Promise<void>
}

/**
 * @param folder for its keys
 * @param flags of Node, such as `--cpu-prof`
 */
export async function startServer(
  folder: string,
  store: string,
  flags: readonly string[] = [],
): Promise<ServerProcess> {
  const keyFile = join(folder, 'keys.json')
  const { key } = await fileKeys(keyFile).create(['admin'])
  const args = ['serve', '--store', store, '--port', '0', '--keys', keyFile]
  const child = spawn(process.execPath, [...flags, command, ...args], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const { value = '' } = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next()
  let peak = 0
  const watch = setInterval(() => {
    peak = Math.max(peak, residentMb(child.pid ?? 0))
  }, 250)
  return {
    url: value.replace('Listening on ', ''),
    key,
    peakMb: () => peak,
    stop: async () => {
      clearInterval(watch)
      const exit = once(child, 'exit')
      child.kill('SIGTERM')
      await exit
    },
  }
}

const residentMb = (pid: number): number =>
  Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) / 1024
