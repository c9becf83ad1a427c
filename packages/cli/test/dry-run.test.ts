import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ModelProject, newModelProject } from './model-project.ts'
import { runtapePath } from './project.ts'

let project: ModelProject

beforeAll(async () => {
  project = await newModelProject()
  expect(await project.record()).toMatchObject({ code: 0 })
  expect(await project.record({ ORDERS: 'B-1', MODEL: 'house-model' })).toMatchObject({ code: 0 })
}, 60_000)

afterAll(() => project.host.close())

test('a dry run shows traces, calls by key, rules and the cost; it runs and writes nothing', async () => {
  const asked = project.host.requests.length
  const { code, stdout } = await project.replay(['--dry-run', '--reporter', 'junit'])
  expect(stdout).toMatch(
    /^5 traces of support\.answer would be replayed\. Nothing was run\.\n\n[0-9a-f]{32} {2}\d{4}-\d\d-\d\d [\d:]{8} {2}B-1\n {2}1 served, 2 run; an unknown amount\n/,
  )
  expect(stdout).toMatch(/ {2}A-4\n {2}1 served, 2 run; about \$0\.15\n/)
  expect(stdout).toContain('By key, if the code makes the recorded calls:\n')
  expect(stdout).toContain('  orders.lookup: 5 served  (mock marked: declared mockOnReplay)\n')
  expect(stdout).toContain('  support.prompt: 5 run  (mock marked: not declared mockOnReplay)\n')
  expect(stdout).toContain(
    'Cost: about $0.60 and an unknown amount for 5 model calls, recorded with 5,000,000 → 0 tokens, by the prices of today.\n',
  )
  expect(stdout).toMatch(/ {2}not in it: openai\S* \(house-model\): its model has no price\n/)
  expect(code).toBe(0)
  expect(project.host.requests).toHaveLength(asked)
  expect(existsSync(join(project.folder, 'runtape-report'))).toBe(false)
})

test('attempts multiply, and a limit that is too low is reported', async () => {
  const words = ['--dry-run', '--attempts', '3', '--max-cost', '0.5']
  const { stdout } = await project.replay(words)
  expect(stdout).toContain('would be replayed, 3 times each.')
  expect(stdout).toContain('Cost: about $1.80 and an unknown amount for 15 model calls')
  expect(stdout).toContain('This is more than --max-cost 0.5: some traces would not be replayed.')
})

test('--json prints everything', async () => {
  const { stdout } = await project.replay(['--dry-run', '--json', '--limit', '2', '--mock', 'all'])
  const found = JSON.parse(stdout) as Record<string, unknown>
  expect(found).toMatchObject({
    key: 'support.answer',
    hasPrices: true,
    traces: 2,
    times: 1,
    cost: { nanoUsd: 0, calls: 0 },
  })
  expect((found.items as object[])[0]).toMatchObject({
    input: ['B-1'],
    calls: [
      { key: 'orders.lookup', what: 'served', rule: 'mock all', sourceSpanId: expect.any(String) },
      { key: 'support.prompt' },
      { type: 'model', what: 'served' },
    ],
  })
  expect(await project.replay(['--json'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--json needs --dry-run'),
  })
})

test('a large selection is summarised', async () => {
  const orders = Array.from({ length: 22 }, () => 'none').join(',')
  expect(await project.record({ ORDERS: orders })).toMatchObject({ code: 0 })
  const { stdout } = await project.replay(['--dry-run', '--limit', '22'])
  expect(stdout.match(/^ {2}1 served$/gm)).toHaveLength(20)
  expect(stdout).toContain('… and 2 more traces: --json lists them all.')
  expect(stdout).toContain('Cost: no recorded model call would run.')
})

describe('--json prints nothing but JSON', () => {
  const noise: readonly (readonly [how: string, code: string])[] = [
    ['console.log', "console.log('noise')"],
    ['process.stdout', "process.stdout.write('noise\\n')"],
    ['the file descriptor, as pino does', "import { writeSync } from 'node:fs'\nwriteSync(1, 'noise\\n')"],
    [
      'a child process',
      "import { execFileSync } from 'node:child_process'\nexecFileSync('node', ['-e', 'console.log(\"noise\")'], { stdio: 'inherit' })",
    ],
    ['a timer after loading', "setInterval(() => console.log('noise'), 1).unref()\nconsole.log('noise')"],
  ]

  test.each(noise)('whatever the module prints: %s', async (_, code) => {
    project.write('src/noise.ts', code)
    project.write('src/noisy.ts', "import './noise.ts'\nexport { answer } from './agent.ts'\n")
    const words = ['replay', './src/noisy.ts#answer', '--dry-run', '--limit', '1']
    const json = await project.run(process.execPath, [runtapePath, ...words, '--json'])
    expect(JSON.parse(json.stdout)).toMatchObject({ key: 'support.answer', traces: 1 })
    expect(json.stderr).toContain('noise')
    expect(json.code).toBe(0)
  })

  test('and what --with and --evaluator load, and not if it fails', async () => {
    project.write(
      'src/noise.ts',
      "console.log('noise')\nexport const options = {}\nexport const judge = { name: 'j', evaluate: () => ({ score: 1 }) }\n",
    )
    const words = ['--dry-run', '--json', '--limit', '1', '--with', './src/noise.ts#options']
    const { stdout } = await project.replay([...words, '--evaluator', './src/noise.ts#judge'])
    expect(JSON.parse(stdout)).toMatchObject({ traces: 1 })
    const failed = await project.replay([...words, '--where', 'feedback:sideways'])
    expect(failed).toMatchObject({ code: 2, stdout: '' })
  })

  test('a reader that stops early is no failure', async () => {
    const { stdout } = await project.run('sh', [
      '-c',
      `"${process.execPath}" "${runtapePath}" replay ./src/agent.ts#answer --dry-run --json | head -c 10; echo "$?"`,
    ])
    expect(stdout).toMatch(/^\{\s+"key"/)
  })
})
