import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, test } from 'vitest'
import { type Ended, newProject, type Project } from './project.ts'

// Each program charges outside the replayed function, in code that started before.

const shared = `
import { appendFileSync } from 'node:fs'
import { createRecorder } from '@runtape/recorder'
import { sqliteStore } from '@runtape/store-sqlite'
import { configureTracing, traced } from '@runtape/trace'
import { createTracker } from '@runtape/tracker'
export const recorder = createRecorder({ store: sqliteStore('live.db') })
configureTracing({ sink: recorder })
export const charge = traced('pay.charge', { type: 'tool', mockOnReplay: true }, async cents => {
  appendFileSync('ledger.txt', cents + '\\n')
  return 'charged ' + cents
})
export const work = async cents => {
  const tracker = createTracker({ sink: recorder, configKey: 'job' })
  return tracker.run(async () => {
    tracker.trackTokens({ input: 1, output: 1, total: 2 })
    return charge(cents)
  })
}
export { traced }
`

const { resolve } = createRequire(new URL('../../../tests/applications/package.json', import.meta.url))
const library = (name: string) => JSON.stringify(pathToFileURL(resolve(name)).href)

const inProcess: Record<string, string> = {
  'a queue with a loop started on load': `
const jobs = []
let wake = () => {}
void (async () => {
  for (;;) {
    while (jobs.length === 0) await new Promise(resolve => { wake = resolve })
    const { cents, resolve } = jobs.shift()
    resolve(await work(cents).catch(error => 'not charged'))
  }
})()
const pay = cents => new Promise(resolve => { jobs.push({ cents, resolve }); wake() })`,
  'a poller started before the replay': `
const jobs = []
setInterval(async () => {
  for (const { cents, resolve, reject } of jobs.splice(0)) work(cents).then(resolve, reject)
}, 1).unref()
const pay = cents => new Promise((resolve, reject) => {
  const hold = setTimeout(reject, 60_000)
  jobs.push({ cents, resolve: value => { clearTimeout(hold); resolve(value) }, reject: error => { clearTimeout(hold); reject(error) } })
})`,
  'a callback bound before the replay': `
import { AsyncResource } from 'node:async_hooks'
const pay = AsyncResource.bind(cents => work(cents))`,
  'a service in the same process, called by undici': `
import { createServer } from 'node:http'
import { once } from 'node:events'
import { request } from ${library('undici')}
const server = createServer((asked, response) =>
  work(Number(asked.url.slice(1))).then(text => response.end(text), () => response.writeHead(500).end('no')),
).listen(0)
server.unref()
await once(server, 'listening')
const pay = async cents => (await request('http://127.0.0.1:' + server.address().port + '/' + cents)).body.text()`,
  'an HTTP service of the same process': `
import { createServer } from 'node:http'
import { once } from 'node:events'
const server = createServer(async (request, response) => {
  try {
    response.end(await work(Number(request.url.slice(1))))
  } catch {
    response.writeHead(500).end('no')
  }
}).listen(0)
server.unref()
await once(server, 'listening')
const pay = async cents => (await fetch('http://127.0.0.1:' + server.address().port + '/' + cents)).text()`,
}

const elsewhere: Record<string, string> = {
  'a piscina pool created on load': `
import piscina from ${library('piscina')}
const pool = new piscina.Piscina({ filename: new URL('./far.mjs', import.meta.url).href, name: 'answer', minThreads: 1 })
const pay = cents => pool.run(cents)`,
  'a shell command with its own env': `
import { exec } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
const far = fileURLToPath(new URL('./far.mjs', import.meta.url))
const pay = async cents =>
  (await promisify(exec)(process.execPath + ' ' + far + ' ' + cents, { env: { PATH: process.env.PATH } })).stdout`,
  'a worker thread created on load': `
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
const worker = new Worker(new URL('./far.mjs', import.meta.url))
worker.unref()
const pay = async cents => { worker.postMessage(cents); return (await once(worker, 'message'))[0] }`,
  'a worker thread with its own env': `
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
const pay = async cents => {
  const worker = new Worker(new URL('./far.mjs', import.meta.url), { env: { MINE: '1' } })
  worker.postMessage(cents)
  const [answer] = await once(worker, 'message')
  await worker.terminate()
  return answer
}`,
  'a process forked on load, with its own env': `
import { fork } from 'node:child_process'
import { once } from 'node:events'
const child = fork(new URL('./far.mjs', import.meta.url), [], { env: { PATH: process.env.PATH } })
child.unref()
child.channel.unref()
const pay = async cents => {
  child.channel.ref()
  child.send(cents)
  const [answer] = await once(child, 'message')
  child.channel.unref()
  return answer
}`,
  'a synchronous child process with its own env': `
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
const far = fileURLToPath(new URL('./far.mjs', import.meta.url))
const pay = async cents =>
  execFileSync(process.execPath, [far, String(cents)], { encoding: 'utf8', env: { PATH: process.env.PATH } })`,
}

/** The other process or thread: charges on request, and replies with the result. */
const far = `
import { parentPort, workerData } from 'node:worker_threads'
import { work, recorder } from './shared.mjs'
export const answer = async cents => work(cents).catch(error => 'refused: ' + error.message)
// Called by a pool.
const isPooled = parentPort && workerData
if (isPooled) {
} else if (parentPort) parentPort.on('message', async cents => parentPort.postMessage(await answer(cents)))
else if (process.send) process.on('message', async cents => process.send(await answer(cents)))
else {
  process.stdout.write(await answer(Number(process.argv[2])))
  await recorder.close()
}
`

/** A worker that calls a model. */
const model = `
import { parentPort, workerData } from 'node:worker_threads'
import OpenAI from ${library('openai')}
import { instrumentOpenAI } from ${library('@runtape/openai')}
const openai = instrumentOpenAI(new OpenAI({ apiKey: 'sk-x', baseURL: 'http://127.0.0.1:' + workerData, maxRetries: 0 }))
parentPort.on('message', async () => {
  const request = { model: 'm', messages: [{ role: 'user', content: 'hi' }] }
  await openai.chat.completions.create(request).catch(() => {})
  parentPort.postMessage('over')
})
`

async function recorded(program: string): Promise<Project> {
  const project = await newProject('empty')
  project.write('shared.mjs', shared)
  project.write('far.mjs', far)
  project.write('model.mjs', model)
  project.write(
    'app.mjs',
    `import { recorder, traced, work } from './shared.mjs'\nexport { recorder }\n${program}
export const answer = traced('answer', async cents => pay(cents))`,
  )
  project.write(
    'record.mjs',
    `import { answer, recorder } from './app.mjs'\nawait answer(7)\nawait answer(8)\nawait recorder.close()\nprocess.exit()`,
  )
  const { code, stderr } = await project.node('record.mjs')
  if (code !== 0) throw new Error(stderr)
  return project
}

const ledger = ({ folder }: Project) => {
  const path = join(folder, 'ledger.txt')
  return existsSync(path) ? readFileSync(path, 'utf8') : ''
}

const replayed = (project: Project, ...more: string[]): Promise<Ended> =>
  project.runtape(['replay', './app.mjs#answer', '--store', 'live.db', '--timeout', '20s', ...more])

const tally = async (project: Project) =>
  JSON.parse((await project.runtape(['usage', '--store', 'live.db', '--json'])).stdout).rows as unknown

describe.each([...Object.entries(inProcess), ...Object.entries(elsewhere)])('%s', (_what, program) => {
  test('does not charge in a replay: the exit code is 1, and every report names the call', async () => {
    const project = await recorded(program)
    const before = { ledger: ledger(project), tally: await tally(project) }
    expect(before.ledger).toBe('7\n8\n')
    const { code, stdout } = await replayed(project, '--reporter', 'pretty,junit,markdown,html')
    expect({ ledger: ledger(project), tally: await tally(project) }).toEqual(before)
    const said = /pay\.charge was called 2 times outside the replayed traces/
    expect(stdout).toMatch(said)
    for (const name of ['junit.xml', 'report.md', 'report.html'])
      expect(readFileSync(join(project.folder, 'runtape-report', name), 'utf8')).toMatch(said)
    expect(code).toBe(1)
  })
})

test.each([
  ['a queue', Object.values(inProcess)[0] ?? ''],
  ['a worker thread', Object.values(elsewhere)[2] ?? ''],
])('an isolated item does not charge by %s either', async (_what, program) => {
  const project = await recorded(program)
  const before = { ledger: ledger(project), tally: await tally(project) }
  const { code, stdout } = await replayed(project, '--isolate')
  expect({ ledger: ledger(project), tally: await tally(project) }).toEqual(before)
  expect(stdout).toMatch(/pay\.charge was called (2 times|once) outside the replayed traces/)
  expect(code).toBe(1)
})

test('a model call in a worker thread is not sent, and is reported', async () => {
  const project = await recorded(`
import { appendFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
const host = createServer((request, response) => {
  appendFileSync('ledger.txt', 'asked\\n')
  response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":{"message":"no"}}')
}).listen(0)
host.unref()
await once(host, 'listening')
const worker = new Worker(new URL('./model.mjs', import.meta.url), { workerData: host.address().port })
worker.unref()
const pay = async cents => { worker.postMessage(cents); await once(worker, 'message'); return 'asked' }`)
  const before = ledger(project)
  expect(before).toBe('asked\nasked\n')
  const { code, stdout } = await replayed(project)
  expect(ledger(project)).toBe(before)
  expect(stdout).toMatch(
    /openai\.chat\.completions was called 2 times outside .* in a worker thread or a child process/,
  )
  expect(code).toBe(1)
})

describe.each([
  ['a module that charges on load, and awaits it', 'const paid = await work(5).catch(() => 0)'],
  ['a module that charges on load, without awaiting it', 'work(5).catch(() => {})'],
  [
    'a module whose import charges from a microtask',
    `class Shop { constructor() { queueMicrotask(() => work(5).catch(() => {})) } }\nnew Shop()`,
  ],
])('%s', (_what, program) => {
  const charging = `${program}\nconst pay = async () => 'paid'`

  test('does not charge in a replay, and is reported', async () => {
    const project = await recorded(charging)
    const before = { ledger: ledger(project), tally: await tally(project) }
    expect(before.ledger).toBe('5\n')
    for (const more of [[], ['--isolate']]) {
      const { code, stdout } = await replayed(project, '--limit', '1', ...more)
      expect({ ledger: ledger(project), tally: await tally(project) }).toEqual(before)
      expect(stdout).toMatch(/pay\.charge was called (once|2 times) outside the replayed traces: refused/)
      expect(code).toBe(1)
    }
  })

  test('charges if allowed, and is reported', async () => {
    const project = await recorded(charging)
    const before = await tally(project)
    const { code, stdout } = await replayed(project, '--outside', 'allow')
    expect(ledger(project)).toBe('5\n5\n')
    expect(await tally(project)).toEqual(before)
    expect(stdout).toMatch(/pay\.charge was called once outside the replayed traces: it ran for real/)
    expect(code).toBe(0)
  })
})

test('a module that cannot load without a charge is not replayed, and the message has the next step', async () => {
  const project = await recorded(`const paid = await work(5)\nconst pay = async () => paid`)
  const { code, stderr } = await replayed(project)
  expect(ledger(project)).toBe('5\n')
  expect(stderr).toMatch(
    /app\.mjs could not be loaded: This call of 'pay\.charge' was not run.*--outside allow/,
  )
  expect(code).toBe(2)
})

test('an allowed outside call runs, is reported, and is in no live tally', async () => {
  const [queue = ''] = Object.values(inProcess)
  const project = await recorded(queue)
  const before = await tally(project)
  const { code, stdout } = await replayed(project, '--outside', 'allow')
  // Both items run at once, in any order.
  expect(ledger(project).trim().split('\n').sort()).toEqual(['7', '7', '8', '8'])
  expect(await tally(project)).toEqual(before)
  expect(stdout).toMatch(/pay\.charge was called 2 times outside the replayed traces: it ran for real/)
  expect(code).toBe(0)
})

test.each([
  [
    'a listener registered before',
    `
import { EventEmitter } from 'node:events'
const bus = new EventEmitter()
bus.on('pay', (cents, resolve) => work(cents).then(resolve))
const pay = cents => new Promise(resolve => bus.emit('pay', cents, resolve))`,
  ],
  [
    'an already busy p-queue',
    `
import PQueue from ${library('p-queue')}
const queue = new PQueue({ concurrency: 1 })
const warm = Promise.withResolvers()
void queue.add(() => warm.promise)
const pay = cents => {
  const paid = queue.add(() => work(cents))
  warm.resolve()
  return paid
}`,
  ],
])('%s runs in the calling trace, and is answered from the tape', async (_what, program) => {
  const project = await recorded(program)
  const { code, stdout } = await replayed(project)
  expect(ledger(project)).toBe('7\n8\n')
  expect(stdout).toContain('2 served')
  expect(stdout).not.toContain('outside')
  expect(code).toBe(0)
})
