import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/** Cloudflare's runtime on loopback, with one worker in it. */
export interface Workerd {
  readonly url: string
  /** Sends the worker a JSON request; resolves to its JSON answer. */
  ask<Answer>(question: object): Promise<Answer>
  close(): Promise<void>
}

/** @param bindings texts that the worker gets as its environment */
export async function startWorkerd(
  entry: URL,
  bindings: Readonly<Record<string, string>> = {},
): Promise<Workerd> {
  const folder = await mkdtemp(join(tmpdir(), 'runtape-workerd-'))
  await build({
    entryPoints: [fileURLToPath(entry)],
    outfile: join(folder, 'worker.js'),
    bundle: true,
    format: 'esm',
    platform: 'node',
    logLevel: 'error',
  })
  await writeFile(join(folder, 'config.capnp'), configOf(bindings))
  const child = spawn(workerdPath(), ['serve', 'config.capnp', '--control-fd=3'], {
    cwd: folder,
    // The worker's logs are on its stderr.
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  })
  let said = ''
  child.stderr?.on('data', text => {
    said = `${said}${text}`.slice(-2000)
  })
  const port = await portOf(child)
  if (port === undefined) throw new Error(`workerd ended before it listened:\n${said}`)
  const url = `http://127.0.0.1:${port}`
  return {
    url,
    ask: question => ask(url, question),
    close: async () => {
      const hasEnded = new Promise(resolve => child.once('exit', resolve))
      child.kill()
      await hasEnded
      await rm(folder, { recursive: true })
    },
  }
}

async function ask<Answer>(url: string, question: object): Promise<Answer> {
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(question) })
  const text = await response.text()
  if (!response.ok) throw new Error(`The worker failed with ${response.status}: ${text}`)
  return JSON.parse(text) as Answer
}

/** The program itself: the package's own command starts it as its own child. */
function workerdPath(): string {
  const require = createRequire(createRequire(import.meta.url).resolve('workerd'))
  const folder = `@cloudflare/workerd-${process.platform}-${process.arch === 'x64' ? '64' : process.arch}`
  return require.resolve(`${folder}/bin/workerd${process.platform === 'win32' ? '.exe' : ''}`)
}

/** Its port, which it writes to its control pipe; `undefined` if it ends first. */
async function portOf(child: ChildProcess): Promise<number | undefined> {
  const control = child.stdio[3]
  if (!control || !('readable' in control)) throw new Error('workerd has no control pipe.')
  for await (const line of createInterface({ input: control })) {
    const { event, port } = JSON.parse(line) as { event: string; port: number }
    if (event === 'listen') return port
  }
  return undefined
}

const bindingOf = ([name, text]: readonly [string, string]): string =>
  `( name = ${JSON.stringify(name)}, text = ${JSON.stringify(text)} )`

const configOf = (bindings: Readonly<Record<string, string>>): string => `
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    ( name = "main", worker = .worker ),
    ( name = "loopback", network = ( allow = ["private"] ) ),
  ],
  sockets = [ ( name = "http", address = "127.0.0.1:0", http = (), service = "main" ) ],
);
const worker :Workerd.Worker = (
  modules = [ ( name = "worker.js", esModule = embed "worker.js" ) ],
  compatibilityDate = "2026-11-01",
  globalOutbound = "loopback",
  bindings = [ ${Object.entries(bindings).map(bindingOf).join(', ')} ],
);
`
