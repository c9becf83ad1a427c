import { type ChildProcess, type ChildProcessWithoutNullStreams, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { freePort } from '../../support/free-port.ts'

type Env = Readonly<Record<string, string>>

const next = createRequire(import.meta.url).resolve('next/dist/bin/next')

const optionsFor = (app: string, env: Env, mode: 'production' | 'development') => {
  const around = { ...process.env, ...env, NEXT_TELEMETRY_DISABLED: '1', NODE_ENV: mode }
  return { cwd: app, env: around } as const
}

/** Writes an application of Next.js with these files. */
export function writeNextApp(app: string, files: Readonly<Record<string, string>>): void {
  const layout = `import { jsx } from 'react/jsx-runtime'
    export default ({ children }) => jsx('html', { children: jsx('body', { children }) })`
  const all = { 'package.json': '{ "type": "module" }', 'app/layout.js': layout, ...files }
  for (const [path, text] of Object.entries(all)) {
    mkdirSync(dirname(join(app, path)), { recursive: true })
    writeFileSync(join(app, path), text)
  }
}

/** What bundles an application. */
export type Bundler = 'turbopack' | 'webpack'

/** Resolves when `next build` has succeeded. */
export async function buildNext(app: string, env: Env = {}, bundler: Bundler = 'turbopack'): Promise<void> {
  const options = optionsFor(app, env, 'production')
  await promisify(execFile)(process.execPath, [next, 'build', `--${bundler}`], options)
}

/** A running server of Next.js. */
export interface RunningNext {
  readonly url: string
  readonly child: ChildProcess
  close(): Promise<void>
}

/** @param command `dev` for a server that reloads changed files */
export async function startNext(
  app: string,
  command: 'start' | 'dev',
  env: Env = {},
  bundler: Bundler = 'turbopack',
): Promise<RunningNext> {
  const args = [next, command, '--port', '0', '--hostname', '127.0.0.1']
  if (command === 'dev') args.push(`--${bundler}`)
  const mode = command === 'dev' ? 'development' : 'production'
  return ready(spawn(process.execPath, args, optionsFor(app, env, mode)))
}

/** @param server the `server.js` of an output that is `standalone` */
export async function startStandalone(server: string): Promise<RunningNext> {
  // It takes 0 for no port.
  const env = { PORT: String(await freePort()), HOSTNAME: '127.0.0.1' }
  return ready(spawn(process.execPath, [server], optionsFor(dirname(server), env, 'production')))
}

async function ready(child: ChildProcessWithoutNullStreams): Promise<RunningNext> {
  let text = ''
  const close = async () => {
    const exit = once(child, 'exit')
    child.kill()
    await exit
  }
  child.stderr.on('data', chunk => {
    text += String(chunk)
  })
  return await new Promise((resolve, reject) => {
    child.stdout.on('data', chunk => {
      text += String(chunk)
      const url = /http:\/\/127\.0\.0\.1:\d+/.exec(text)?.[0]
      if (url !== undefined && text.includes('Ready')) resolve({ url, child, close })
    })
    child.once('exit', () => reject(new Error(`Next.js did not start:\n${text}`)))
  })
}
