import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

const home = fileURLToPath(new URL('..', import.meta.url))

/** The agent of a user: two tools, a thumbs-down for every refund. What a change changes comes from the environment. */
const agent = `
import { appendFileSync } from 'node:fs'
import { createRecorder } from '@runtape/recorder'
import { sqliteStore } from '@runtape/store-sqlite'
import { configureTracing, traced } from '@runtape/trace'
import { createTracker } from '@runtape/tracker'

interface Ticket { readonly order: string; readonly text: string }

export const recorder = createRecorder({ store: sqliteStore('runtape.db') })
configureTracing({ sink: recorder })

const lookup = traced('orders.lookup', { type: 'tool', mockOnReplay: true }, async (order: string) => {
  if (order === 'X-0') throw new Error('no such order')
  return { order, status: 'shipped' as string }
})
const refund = traced('refunds.issue', { type: 'tool', mockOnReplay: true }, async (order: string) => {
  appendFileSync('ledger.txt', order + '\\n')
  return order
})

export const notTraced = (): number => 1
export const other = traced('other', (text: string) => text)
export const answer = traced('support.answer', async ({ order, text }: Ticket): Promise<string> => {
  const tracker = createTracker({ sink: recorder, configKey: 'support-answer', variationKey: 'warm' })
  return tracker.run(async () => {
    const { status } = await lookup(order)
    const wantsRefund = text.includes('refund')
    if (wantsRefund) await refund(order)
    if (process.env.EXTRA) await refund('extra')
    tracker.trackTokens({ input: 1200, output: 30, total: 1230 })
    tracker.trackFeedback({ kind: wantsRefund ? 'negative' : 'positive' })
    return \`\${process.env.GREETING ?? 'Hello'}, order \${order} is \${status}.\`
  })
})
`

const record = `
import { answer, recorder } from './agent.ts'
for (const [order, text] of [['A-1', 'where is it'], ['A-2', 'a refund please'], ['X-0', 'hm'], ['A-3', 'refund!']])
  await answer({ order: order!, text: text! }).catch(() => {})
await recorder.close()
`

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Project {
  readonly folder: string
  write(name: string, content: string): void
  /** Runs the command as a user does, in a process of its own, without a terminal. */
  runtape(
    words: readonly string[],
    env?: Readonly<Record<string, string>>,
    nodeFlags?: readonly string[],
  ): Promise<Ended>
}

/** A folder with an agent and, unless \`empty\`, four recorded calls of it. */
export async function newProject(what: 'recorded' | 'empty' = 'recorded'): Promise<Project> {
  const folder = mkdtempSync(join(tmpdir(), 'runtape-cli-'))
  const write = (name: string, content: string) => writeFileSync(join(folder, name), content)
  symlinkSync(join(home, 'node_modules'), join(folder, 'node_modules'))
  write('package.json', '{"type":"module"}')
  write('agent.ts', agent)
  write('record.ts', record)
  if (what === 'recorded') {
    const { code, stderr } = await run(folder, [...stripFlags, 'record.ts'])
    if (code !== 0) throw new Error(stderr)
  }
  return {
    folder,
    write,
    runtape: (words, env = {}, nodeFlags = []) =>
      run(folder, [...nodeFlags, join(home, 'dist/main.js'), ...words], env),
  }
}

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
const stripFlags = major === 22 && minor < 18 ? ['--experimental-strip-types'] : []

async function run(
  cwd: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const { NODE_OPTIONS: _options, CI: _ci, ...outer } = process.env
  const child = spawn(process.execPath, args, { cwd, env: { ...outer, NO_COLOR: '1', ...env } })
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { code: child.exitCode, stdout, stderr }
}
