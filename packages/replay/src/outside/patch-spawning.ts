import childProcess from 'node:child_process'
import { syncBuiltinESMExports } from 'node:module'
import workerThreads from 'node:worker_threads'

type Env = Readonly<Record<string, string | undefined>>
type Spawn = (options: { envPairs?: string[] }) => unknown
type Construct = new (...args: unknown[]) => object

const slot = Symbol.for('runtape.spawning.1')
const globals = globalThis as { [slot]?: { name: string; value: string } }

/**
 * From now on every child process and worker thread started by this thread has the environment variable, even if code passes its
 * own `env`. Without `env` they inherit it from `process.env`.
 */
export function patchSpawning(name: string, value: string): void {
  const isPatched = globals[slot] !== undefined
  globals[slot] = { name, value }
  if (isPatched) return
  patchSpawn()
  patchSyncSpawns()
  patchWorker()
  syncBuiltinESMExports()
}

// All asynchronous functions use this: spawn, fork, exec, execFile, cluster.
function patchSpawn(): void {
  const prototype = childProcess.ChildProcess.prototype as unknown as { spawn: Spawn }
  const { spawn } = prototype
  prototype.spawn = function (this: unknown, options) {
    const { name, value } = variable()
    const { envPairs } = options
    if (Array.isArray(envPairs) && !envPairs.some(pair => pair.startsWith(`${name}=`)))
      envPairs.push(`${name}=${value}`)
    return spawn.call(this, options)
  }
}

function patchSyncSpawns(): void {
  for (const method of ['spawnSync', 'execFileSync', 'execSync'] as const) {
    const original = childProcess[method] as (...args: unknown[]) => unknown
    const patched = function (this: unknown, ...args: unknown[]): unknown {
      return original.apply(this, args.map(withEnv))
    }
    childProcess[method] = Object.defineProperties(
      patched,
      Object.getOwnPropertyDescriptors(original),
    ) as never
  }
}

function patchWorker(): void {
  const { Worker } = workerThreads
  workerThreads.Worker = new Proxy(Worker, {
    construct: (target, [file, options], newTarget) =>
      Reflect.construct(target as Construct, [file, withEnv(options)], newTarget),
  })
}

/** The options with the variable in their `env`; options without an `env` object stay unchanged. */
function withEnv<T>(options: T): T {
  const env = isObject(options) ? (options as { env?: unknown }).env : undefined
  if (!isObject(env) || Array.isArray(options) || env === process.env) return options
  const { name, value } = variable()
  return { ...options, env: { ...(env as Env), [name]: value } }
}

const variable = () => globals[slot] ?? { name: '', value: '' }

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null
