import './fail-plainly.ts'
import { accessSync, constants, mkdirSync, rmSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { messageOf } from '@runtape/core/internal'
import { ended, startChild } from './child.ts'
import { providerNamed } from './providers/provider.ts'
import { settings } from './settings.ts'
import { type DemoStore, demoStore } from './stores/demo-store.ts'
import type { ServedStore } from './stores/served-store.ts'
import { fromHere } from './terminal/from-here.ts'
import { bold, dim } from './terminal/style.ts'

interface Act {
  readonly name: string
  readonly proves: string
  readonly env?: Readonly<Record<string, string>>
  /** Asks no model. */
  readonly offline?: true
}

const acts: readonly Act[] = [
  {
    name: 'live',
    proves: 'Every ticket goes through the agent: each run is counted once, each call is on the tape.',
  },
  {
    name: 'crash',
    proves:
      'A process is killed in the middle and sends all it had again: nothing is lost, nothing counts twice.',
  },
  {
    name: 'feedback',
    proves: 'Processes that hold nothing but tokens add thumbs to the very same runs; repeats are dropped.',
  },
  {
    name: 'replay',
    proves: 'What got a thumbs-down goes through the next prompt: no refund is paid, no run is billed.',
    env: { SUPPORT_DESK_CONFIGS: settings.nextConfigs },
  },
]
const look: Act = {
  name: 'look',
  proves: 'One run with a thumbs-down: what was counted, and what is on the tape.',
  offline: true,
}

// Only these: the folder may hold other files.
const { ledger, sent, crashLog, report } = settings
const ownFiles = [ledger, sent, crashLog, report]

const { positionals: names, values } = parseArgs({
  allowPositionals: true,
  options: {
    provider: { type: 'string', default: settings.provider },
    store: { type: 'string' },
    server: { type: 'boolean', default: false },
  },
})
const provider = providerNamed(values.provider)
const program = names.length === 0 ? acts : names.map(findAct)

console.log(bold('\nThe support desk of Hearth & Kettle'))
prepareFolder()
const opened = await demoStore(values.store ?? (values.server ? 'postgres' : 'sqlite'))
if (values.server && names.length === 0) await opened.clear()
const served = values.server ? await serve(opened) : undefined
const store: DemoStore = served ?? opened
try {
  await openStore()
  const stopModel = program.every(act => act.offline) ? undefined : await chooseModel()
  if (served && names.length === 0) await playOnServer(served)
  else for (const act of program) if (process.exitCode === undefined) await play(act)
  if (process.exitCode === undefined && names.length === 0) sayWhatIsNext()
  await stopModel?.()
} finally {
  await store.stop()
}

function findAct(name: string): Act {
  const act = [...acts, look].find(act => act.name === name)
  if (act) return act
  throw new Error(
    `There is no act "${name}". Name some of: ${[...acts, look].map(act => act.name).join(', ')}.`,
  )
}

/** The whole program starts afresh; a single act continues with the existing data. */
function prepareFolder(): void {
  const fresh = names.length === 0
  try {
    mkdirSync(settings.folder, { recursive: true })
    if (fresh) for (const file of ownFiles) rmSync(file, { force: true })
    accessSync(settings.folder, constants.W_OK)
  } catch (error) {
    const advice = 'Make it writable, or name another folder in SUPPORT_DESK_FOLDER.'
    throw new Error(`The demo cannot write to ${settings.folder}: ${messageOf(error)}. ${advice}`)
  }
  console.log(dim(`  data   ${fromHere(settings.folder)}, ${fresh ? 'started afresh' : 'as it was left'}`))
}

async function openStore(): Promise<void> {
  Object.assign(process.env, store.env)
  if (names.length === 0) await store.clear()
  console.log(dim(`  store  ${store.name}`))
}

async function chooseModel(): Promise<() => Promise<void>> {
  const { env } = process
  env.SUPPORT_DESK_PROVIDER = values.provider
  if (provider.isConfigured(env)) {
    console.log(dim(`  model  ${provider.host(env)}`))
    return async () => {}
  }
  const { startStandIn } = await import('./model/stand-in.ts')
  const { url, stop } = await startStandIn()
  Object.assign(env, provider.standInEnv(url))
  console.log(
    dim(`  model  a stand-in on this machine, spoken to over HTTP by the real ${provider.client} client`),
  )
  return stop
}

async function serve(behind: DemoStore): Promise<ServedStore> {
  try {
    return await (await import('./stores/served-store.ts')).servedStore(behind)
  } catch (error) {
    await behind.stop()
    throw error
  }
}

async function playOnServer(server: ServedStore): Promise<void> {
  const proves = 'Two processes send to one server, which is killed in the middle: each run is counted once.'
  console.log(`\n${bold('Desks')}  ${proves}\n`)
  const { playDesks } = await import('./acts/desks.ts')
  if (!(await playDesks(server))) process.exitCode = 1
}

async function play(act: Act): Promise<void> {
  console.log(`\n${bold(`${act.name.charAt(0).toUpperCase()}${act.name.slice(1)}`)}  ${act.proves}\n`)
  const { code } = await ended(startChild(`acts/${act.name}.ts`, { env: { ...act.env } }))
  if (code !== 0) process.exitCode = 1
}

function sayWhatIsNext(): void {
  const flag = `${store.flag}${values.provider === 'openai' ? '' : `--provider ${values.provider} `}`
  const look = served ? 'feedback look' : 'look'
  const lines = [
    ['everything above is in', store.place],
    ['one run, counted and taped', `npm run demo -- ${flag}${look}`],
    ['change the next prompt', fromHere(settings.nextConfigs)],
    ['and replay through it', `npm run demo -- ${flag}replay`],
    ['the same on the real service', provider.realService],
  ]
  console.log(`\n${bold('Next')}`)
  for (const [what = '', how] of lines) console.log(`  ${what.padEnd(30)}${how}`)
}
