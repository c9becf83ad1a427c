import { spawn } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { sqliteStore } from '@runtape/store-sqlite'
import { runEvent, span } from '@runtape/testing'
import { beforeAll, expect, test } from 'vitest'
import { newProject, type Project } from './project.ts'

let project: Project

beforeAll(async () => {
  project = await newProject()
})

async function json(...words: string[]): Promise<unknown> {
  const { stdout } = await project.runtape([...words, '--json'])
  return JSON.parse(stdout)
}

test('runs are listed with their outcome, newest first', async () => {
  const { code, stdout } = await project.runtape(['runs'])
  const [head, ...rows] = stdout.split('\n')
  expect(head).toMatch(/^started \(UTC\) +run +config +outcome +thumb +duration +tokens/)
  expect(rows[0]).toMatch(/support-answer\/warm +success +down .* 1,200 → 30/)
  expect(rows[1]).toMatch(/error: no such order/)
  expect(code).toBe(0)
})

test('runs are filtered', async () => {
  const few = (await json('runs', '--where', 'feedback=negative', '--since', '1h', '--limit', '1')) as {
    items: object[]
  }
  expect(few.items).toHaveLength(1)
  expect(few).toHaveProperty('nextCursor')
  expect((await project.runtape(['runs', '--until', '2020-01-01'])).stdout).toContain('No runs.')
})

test('runs are filtered and sorted by their properties', async () => {
  const other = await newProject('empty')
  const store = sqliteStore(join(other.folder, 'runtape.db'))
  const tokens = (total: number) => ({ metric: 'tokens', value: { input: total, output: 0, total } }) as const
  await store.append([
    runEvent({ ...tokens(30), runId: 'large', version: 2, modelName: 'gpt-a' }),
    runEvent({ ...tokens(10), runId: 'small', version: 1, modelName: 'gpt-b' }),
    runEvent({ metric: 'outcome', value: { status: 'success' }, runId: 'ended', version: 2 }),
    runEvent({ metric: 'feedback', value: { kind: 'positive' }, runId: 'ended', version: 2 }),
  ])
  await store.close()
  const ids = async (...words: string[]) => {
    const { stdout } = await other.runtape(['runs', ...words, '--json'])
    return (JSON.parse(stdout) as { items: { runId: string }[] }).items.map(({ runId }) => runId)
  }
  expect(await ids('--sort', 'tokens')).toEqual(['large', 'small', 'ended'])
  expect(await ids('--sort', 'tokens', '--ascending')).toEqual(['small', 'large', 'ended'])
  expect(await ids('--sort', 'tokens', '--where', 'outcome=unfinished')).toEqual(['large', 'small'])
  expect(await ids('--sort', 'tokens', '--where', 'version=2,feedback=none')).toEqual(['large'])
  expect(await ids('--where', 'model=gpt-b')).toEqual(['small'])
  const refused = async (...words: string[]) => {
    const { code, stderr } = await other.runtape(['runs', ...words])
    return `${code} ${stderr}`
  }
  expect(await refused('--sort', 'price')).toContain(
    '2 runtape: --sort must be one of time, cost, tokens, duration',
  )
  expect(await refused('--where', 'version=two')).toContain(
    '2 runtape: --where version must be a whole number',
  )
  expect(await refused('--where', 'outcome=failed')).toContain('success or error or cancelled or unfinished')
})

test('usage is grouped by the given columns', async () => {
  const { stdout } = await project.runtape(['usage', '--by', 'config,variation'])
  expect(stdout).toMatch(/^config +variation +runs +ok +failed +up +down +input +output +cost/)
  expect(stdout).toMatch(/\nsupport-answer +warm +4 +3 +1 +1 +2 +3,600 +90 /)
  expect(await json('usage')).toMatchObject({ rows: [{ runs: 4, tokens: { total: 3690 } }] })
})

test('usage shows the most expensive groups, sums the others, and counts the filtered runs', async () => {
  const other = await newProject('empty')
  const store = sqliteStore(join(other.folder, 'runtape.db'))
  const run = (modelName: string, nanoUsd: number, at: number) => ({
    ...runEvent({ modelName, metric: 'tokens', value: { input: 1, output: 0, total: 1 }, at }),
    cost: { nanoUsd, priceList: 'test@1' },
  })
  const start = Date.UTC(2026, 0, 31, 9)
  await store.append([run('m1', 5, start), run('m2', 70, start), run('m3', 6, start + 900_000)])
  await store.close()
  const usage = async (...words: string[]) => {
    const { stdout } = await other.runtape(['usage', ...words, '--csv'])
    return stdout
      .trimEnd()
      .split('\n')
      .slice(1)
      .map(line => line.split(',').slice(0, 2).join(' '))
  }
  expect(await usage('--by', 'model', '--sort', 'cost', '--limit', '1')).toEqual(['m2 1', '(2 others) 2'])
  expect(await usage('--by', 'model', '--where', 'model=m3')).toEqual(['m3 1'])
  expect(await usage('--by', '15m')).toEqual(['2026-01-31T09:00 2', '2026-01-31T09:15 1'])
  expect(await usage('--by', '1w', '--time-zone', 'Asia/Tokyo')).toEqual(['2026-01-26T00:00+09:00 3'])
  const refused = async (...words: string[]) => (await other.runtape(['usage', ...words])).stderr
  expect(await refused('--by', '0m')).toContain('--by knows hour, day')
  expect(await refused('--by', '15m,1h')).toContain('one width such as 15m (got "1h")')
  expect(await refused('--sort', 'price')).toContain('--sort must be one of runs, cost, tokens')
})

test('the bill of one customer, as CSV', async () => {
  const other = await newProject('empty')
  const store = sqliteStore(join(other.folder, 'runtape.db'))
  const tokens = { metric: 'tokens', value: { input: 10, output: 5, total: 15 } } as const
  await store.append([
    runEvent({ ...tokens, context: { kind: 'user', key: 'ann, the "first"' } }),
    runEvent({ ...tokens, context: { kind: 'org', key: 'ann, the "first"' } }),
    runEvent({ ...tokens, context: { kind: 'user', key: '=bob' } }),
  ])
  await store.close()
  const usage = async (...words: string[]) => {
    const { stdout } = await other.runtape(['usage', ...words, '--csv'])
    return stdout.trimEnd().split('\n')
  }
  const [head, ...rows] = await usage('--by', 'contextKind,contextKey')
  expect(head).toBe(
    'contextKind,contextKey,runs,succeeded,failed,cancelled,unfinished,positive,negative,inputTokens,outputTokens,totalTokens,costNanoUsd,unpricedRuns,unknownUsageRuns,durationP50Ms,durationP95Ms',
  )
  expect(rows).toEqual([
    'org,"ann, the ""first""",1,0,0,0,1,0,0,10,5,15,,,0,,',
    "user,'=bob,1,0,0,0,1,0,0,10,5,15,,,0,,",
    'user,"ann, the ""first""",1,0,0,0,1,0,0,10,5,15,,,0,,',
  ])
  expect((await usage('--customer', 'ann, the "first"'))[1]).toMatch(/^2,/)
  expect((await usage('--customer', 'user:ann, the "first"'))[1]).toMatch(/^1,/)
  expect((await usage('--customer', 'carl'))[1]).toMatch(/^0,/)
  const { stdout } = await other.runtape(['runs', '--customer', 'org:ann, the "first"', '--json'])
  expect(JSON.parse(stdout).items).toMatchObject([{ context: { kind: 'org' } }])
})

test('runs are printed as CSV, with an empty cell for what is unknown', async () => {
  const project = await newProject('empty')
  const store = sqliteStore(join(project.folder, 'runtape.db'))
  const at = Date.UTC(2026, 0, 31, 9)
  const common = { runId: 'run-1', at, configKey: '=cmd()', context: { kind: 'user', key: 'a,"b"' } } as const
  const tokens = { input: 812, output: 164, total: 976 }
  const error = { name: 'Error', message: 'two\nlines' }
  await store.append([
    runEvent({
      ...common,
      metric: 'tokens',
      value: tokens,
      modelName: 'small',
      cost: { nanoUsd: 7, priceList: 'p@1' },
    }),
    runEvent({ ...common, metric: 'outcome', value: { status: 'error', error } }),
    runEvent({ runId: 'run-2', at: at - 1, metric: 'duration', value: 120 }),
  ])
  await store.close()
  const { stdout } = await project.runtape(['runs', '--csv'])
  expect(stdout).toMatch(/^startedAt,runId,.*,costNanoUsd\n/)
  expect(stdout).toMatch(
    /\n2026-01-31T09:00:00.000Z,run-1,,'=cmd\(\),.*,small,user,"a,""b""",error,"two\nlines",,,812,164,976,7\n/,
  )
  expect(stdout).toMatch(/\n2026-01-31T08:59:59.999Z,run-2,.*,120,,,,\n$/)
})

test('a trace is shown as a tree, found by trace id or run id', async () => {
  const { items } = (await json('runs', '--where', 'feedback=negative')) as {
    items: { runId: string; traceId: string }[]
  }
  const [run] = items
  const byRun = await project.runtape(['trace', run?.runId ?? ''])
  const byTrace = await project.runtape(['trace', run?.traceId ?? '', '--values'])
  expect(byRun.stdout).toMatch(
    /\nsupport\.answer {2}[\d.]+ ms\n├─ orders\.lookup {2}.* · tool · mocked on replay\n└─ refunds\.issue/,
  )
  expect(byRun.stdout).toContain(`\ntrace ${run?.traceId}\n`)
  expect(byTrace.stdout).toContain('in  [{"order":"A-3","text":"refund!"}]')
  expect(await json('trace', run?.runId ?? '')).toMatchObject({
    traceId: run?.traceId,
    runs: [{ runId: run?.runId }],
  })
})

test('wide and deep trees are truncated, with a count of the rest', async () => {
  const path = join(project.folder, 'wide.db')
  const store = sqliteStore(path)
  const root = span({ key: 'root' })
  const { traceId } = root
  const children = Array.from({ length: 5000 }, (_, seq) =>
    span({ traceId, parentSpanId: root.spanId, seq, key: 'child' }),
  )
  const chain = [children[0] ?? root]
  while (chain.length < 5000) chain.push(span({ traceId, parentSpanId: chain.at(-1)?.spanId, key: 'deep' }))
  await store.append([root, ...children, ...chain.slice(1)])
  await store.close()
  const { stdout } = await project.runtape([
    'trace',
    traceId,
    '--store',
    'wide.db',
    '--width',
    '3',
    '--depth',
    '4',
  ])
  expect(stdout.split('\n').map(line => line.replace(/ {2}.*/, ''))).toEqual([
    'root',
    '├─ child',
    '│',
    '│',
    '│',
    '│',
    '├─ child',
    '├─ child',
    '└─ … 4,997 more (--width shows them)',
    '',
  ])
  expect(stdout).toContain('└─ … 1 more (--depth shows them)')
})

test('recorded control characters do not reach the terminal', async () => {
  const store = sqliteStore(join(project.folder, 'hostile.db'))
  const evil = '\u001b]0;owned\u0007\u001b[2J\u202Eevil\nline'
  const root = span({
    key: evil,
    name: evil,
    model: evil,
    runId: 'r',
    error: { name: evil, message: evil, value: { json: 'null' } },
    status: 'error',
  })
  await store.append([
    root,
    runEvent({
      runId: 'r',
      configKey: evil,
      metric: 'outcome',
      value: { status: 'error', error: { name: evil, message: evil } },
    }),
  ])
  await store.close()
  const options = ['--store', 'hostile.db']
  const { traceId } = root
  for (const words of [
    ['runs'],
    ['usage', '--by', 'config'],
    ['trace', traceId],
    ['trace', traceId, '--values'],
    ['export', traceId, '--out', 'evil'],
  ]) {
    const { stdout, code } = await project.runtape([...words, ...options])
    expect([...'\u001b\u0007\u202E'].filter(character => stdout.includes(character))).toEqual([])
    expect(code).toBe(0)
  }
  expect(readdirSync(join(project.folder, 'evil'))).toHaveLength(1)
})

test('help lists the commands, exits with 0, and opens no database', async () => {
  const names = ['replay', 'verdict', 'runs', 'trace', 'usage', 'reprice', 'export', 'doctor']
  const hook = `process.on('exit', () => console.error(process.moduleLoadList.some(name => / sqlite/.test(name)) ? 'sqlite' : 'none'))`
  const flags = ['--import', `data:text/javascript,${encodeURIComponent(hook)}`]
  const { code, stdout, stderr } = await project.runtape(['--help'], {}, flags)
  expect(code).toBe(0)
  for (const name of names) expect(stdout).toContain(`\n  ${name} `)
  expect(stderr).toBe('none\n')
  expect((await project.runtape(['runs'], {}, flags)).stderr).toContain('sqlite')
  for (const name of names) {
    const help = await project.runtape([name, '--help'])
    expect((await project.runtape(['help', name])).stdout).toBe(help.stdout)
    expect(help.code).toBe(0)
    expect(help.stdout).toContain(`runtape ${name} `)
  }
})

/** The exit code of a command with redirected output. */
async function codeOf(words: string, redirection: string): Promise<string> {
  const main = fileURLToPath(new URL('../dist/main.js', import.meta.url))
  const script = `"${process.execPath}" "${main}" ${words} ${redirection}; echo "code $?" >&2`
  const child = spawn('sh', ['-c', script], { cwd: project.folder, env: { ...process.env, GREETING: 'Hi' } })
  child.stdout.destroy()
  return await text(child.stderr)
}

test('a reader that closes early changes no exit code', async () => {
  expect(await codeOf('runs --json', '')).toBe('code 0\n')
  const changed = 'replay ./agent.ts#answer --mock marked --evaluator same-output'
  expect(await codeOf(changed, '')).toContain('code 1\n')
})

test.skipIf(!existsSync('/dev/full'))('unwritable output is a failure', async () => {
  const said = await codeOf('runs', '> /dev/full')
  expect(said).toContain('The output could not be written: ENOSPC')
  expect(said).toContain('code 2\n')
})

test('the version is that of the package', async () => {
  expect((await project.runtape(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
})

test('a dropped call is shown as dropped, without value or time', async () => {
  const other = await newProject('empty')
  other.write(
    'drop.mjs',
    `import { createRecorder } from '@runtape/recorder'
import { sqliteStore } from '@runtape/store-sqlite'
import { configureTracing, currentSpan, traced } from '@runtape/trace'
const recorder = createRecorder({ store: sqliteStore('runtape.db') })
configureTracing({ sink: recorder })
const secret = traced('secret', pin => currentSpan().drop())
traced('answer', () => { console.log(currentSpan().traceId); secret("pin 4242") })()
await recorder.close()`,
  )
  const { stdout: traceId } = await other.node('drop.mjs')
  const { stdout } = await other.runtape(['trace', traceId.trim(), '--values'])
  expect(stdout).toContain('└─ secret   dropped')
  expect(stdout).not.toContain('pin 4242')
})
