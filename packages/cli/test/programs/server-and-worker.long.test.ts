import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { base, complete, type Message, newProgram, type Program } from './program.ts'

const server = `import { createServer } from 'node:http'
import { traced } from '@runtape/trace'
import { ask } from './base.ts'

type Handler = (req: any, res: any, next: () => Promise<void>) => Promise<void>
const stack: Handler[] = []
const handle = async (req: any, res: any) => {
  let at = 0
  const next = async (): Promise<void> => stack[at++]?.(req, res, next)
  await next()
}
const audit = traced('audit.write', { mockOnReplay: true }, async (line: string) => void console.log('AUDIT ' + line))
export const reply = traced('http.reply', async ({ text }: { text: string }) => {
  const answer = await ask('Reply to ' + text)
  // In the background, after the answer.
  void ask('Title of ' + text).then(audit, () => {})
  return { answer }
})
stack.push(async (req, res, next) => {
  await next()
  console.log(req.url, res.status)
})
stack.push(async (req, res) => Object.assign(res, { status: 200, body: await reply(JSON.parse(req.body)) }))
const http = createServer((req, res) => {
  let body = ''
  req.on('data', part => {
    body += part
  })
  req.on('end', async () => {
    const out: any = {}
    await handle({ url: req.url, body }, out)
    res.writeHead(out.status).end(JSON.stringify(out.body))
  })
})
http.listen(0, '127.0.0.1')
export const listening = new Promise<number>(resolve => http.once('listening', () => resolve((http.address() as any).port)))
`
const worker = `import { traced } from '@runtape/trace'
import { ask } from './base.ts'

const jobs: { id: number; text: string; done: (result: unknown) => void }[] = []
const keep = traced('results.keep', { mockOnReplay: true }, async (id: number, text: string) => {
  console.log('KEPT ' + id)
  return { id, length: text.length }
})
export const processJob = traced('worker.job', async (id: number, text: string) => {
  for (let attempt = 1; ; attempt++) {
    try {
      return { ...(await keep(id, await ask('Job ' + text))), attempt }
    } catch (error) {
      if (attempt === 3) throw error
      await new Promise(resolve => setTimeout(resolve, 20 * attempt))
    }
  }
})
const heartbeat = traced('worker.heartbeat', { mockOnReplay: true }, async () => {})
setInterval(async () => {
  await heartbeat()
  const job = jobs.shift()
  if (job) job.done(await processJob(job.id, job.text))
}, 5)
export const enqueue = (id: number, text: string) => new Promise(done => jobs.push({ id, text, done }))
`

let program: Program

function answer(kind: 'usual' | 'hangs'): void {
  let busy = 0
  program.host.answer((response, { body }) => {
    const [message] = body.messages as readonly Message[]
    const text = message?.content ?? ''
    if (kind === 'hangs') return
    if (text.includes('busy') && busy++ % 3 < 2) response.writeHead(503).end('{}')
    else complete(response, body.model, text.toUpperCase())
  })
}

beforeAll(async () => {
  program = await newProgram({
    'src/base.ts': base,
    'src/server.ts': server,
    'src/worker.ts': worker,
    'src/record.ts': `import { recorder } from './base.ts'
import { listening } from './server.ts'
import { enqueue } from './worker.ts'
for (const text of ['hello', 'bye'])
  await (await fetch('http://127.0.0.1:' + (await listening), { method: 'POST', body: JSON.stringify({ text }) })).json()
for (const [id, text] of [[1, 'a'], [2, 'busy'], [3, 'b']] as const) await enqueue(id, text)
await new Promise(resolve => setTimeout(resolve, 200))
await recorder.close()
process.exit(0)
`,
  })
  answer('usual')
  expect(await program.record()).toMatchObject({ code: 0 })
}, 180_000)

afterAll(() => program.host.close())

const replayServer = (...words: string[]) => program.runtape(['replay', './src/server.ts#reply', ...words])
const replayWorker = (...words: string[]) =>
  program.runtape(['replay', './src/worker.ts#processJob', ...words])

describe('a server that listens while it loads', { timeout: 180_000 }, () => {
  test('is replayed with its background calls, which are paid for and audited once', async () => {
    const { code, stdout } = await replayServer('--evaluator', 'same-output', '--max-cost', '5')
    expect(stdout).toContain('http.reply  2 replayed: 2 same, 0 changed, 0 failed')
    expect(stdout).toContain('spent by calls that ran: $0.60 of $5\n')
    expect(stdout).not.toContain('AUDIT')
    expect(code).toBe(0)
  })

  test('prints nothing into the JSON of a dry run', async () => {
    const { stdout } = await replayServer('--dry-run', '--json')
    expect(JSON.parse(stdout)).toMatchObject({ key: 'http.reply', traces: 2 })
  })
})

describe('a worker that polls a queue from the moment it loads', { timeout: 180_000 }, () => {
  test('its calls outside the replayed jobs are refused and named, and fail the replay', async () => {
    const { code, stdout } = await replayWorker('--evaluator', 'same-output')
    expect(stdout).toContain('worker.job  3 replayed: 3 same, 0 changed, 0 failed')
    expect(stdout).toMatch(/worker\.heartbeat was called [\d,]+ times? outside the replayed traces: refused/)
    expect(code).toBe(1)
  })

  test('with --outside allow they run, and jobs that retry end as recorded', async () => {
    const { code, stdout } = await replayWorker(
      '--outside',
      'allow',
      '--evaluator',
      'same-output',
      '--mock',
      'all',
    )
    expect(stdout).toContain('3 of 3 pass')
    expect(stdout).not.toContain('KEPT')
    expect(code).toBe(0)
  })

  test('tapes of it cannot tell over shards whether a call ran', async () => {
    await program.runtape(['export', '--where', 'key:worker.job', '--out', 'tapes'])
    const words = [
      '--store',
      'tapes',
      '--outside',
      'allow',
      '--mock',
      'all',
      '--shard',
      '1/2',
      '--test-run',
      'x',
    ]
    expect((await replayWorker(...words)).code).toBe(0)
    const refused = await replayWorker(...words, '--must-run', 'worker.job')
    expect(refused.stderr).toContain('needs a database that all shards share')
    expect(refused.code).toBe(2)
    expect((await program.runtape(['report', '--store', 'tapes'])).stdout).toContain('tape files keep none')
  })

  test.each([[[]], [['--isolate']]])('a model that hangs may have cost something %j', async more => {
    answer('hangs')
    const words = ['--outside', 'allow', '--timeout', '500ms', '--limit', '2', '--concurrency', '1', ...more]
    const limited = await replayWorker(...words, '--max-cost', '3')
    expect(limited.stdout).toContain('1 replayed: 0 same, 0 changed, 1 failed')
    expect(limited.stdout).toContain('spent by calls that ran: $0.00 of $3, and 1 call of unknown cost')
    expect(limited.stdout).toMatch(
      /stopped, because what was spent is unknown: openai\.chat\.completions: it was still running when its item ended.*Raise --timeout \(itemTimeoutMs\), or pass --allow-unpriced\./,
    )
    expect(limited.code).toBe(1)
    const priced = await replayWorker(...words, '--prices')
    expect(priced.stdout).toContain('$0.00, and 2 calls of unknown cost')
    answer('usual')
  })
})
