import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { base, type Message, newProgram, type Program } from './program.ts'

const systemOf = (text: string) => `import { traced } from '@runtape/trace'
export const system = traced('agent.system', () => '${text}')
`
const agent = `import { traced } from '@runtape/trace'
import { openai } from './base.ts'
import { system } from '#lib/system.ts'

const tools: Record<string, (of: { city: string }) => Promise<unknown>> = {
  weather: traced('tools.weather', { type: 'tool', mockOnReplay: true }, async ({ city }) => ({ city, degrees: 21 })),
  book: traced('tools.book', { type: 'tool', mockOnReplay: true }, async ({ city }) => {
    console.log('BOOKED ' + city)
    return { ok: true }
  }),
}

export const agent = traced('agent.run', async (goal: string) => {
  console.log('agent: ' + goal)
  const messages: any[] = [{ role: 'system', content: system() }, { role: 'user', content: goal }]
  for (let turn = 1; turn < 6; turn++) {
    const stream = await openai.chat.completions.create({ model: 'gpt-4o-mini', messages, stream: true })
    let text = ''
    const calls: any[] = []
    for await (const { choices } of stream) {
      text += choices[0]?.delta.content ?? ''
      calls.push(...(choices[0]?.delta.tool_calls ?? []))
    }
    if (calls.length === 0) return { text, turn }
    messages.push({ role: 'assistant', tool_calls: calls })
    const results = calls.map(async ({ id, function: { name, arguments: given } }) => {
      const content = JSON.stringify(await tools[name]?.(JSON.parse(given)))
      return { role: 'tool', tool_call_id: id, content }
    })
    messages.push(...(await Promise.all(results)))
  }
  throw new Error('too many turns')
})
`

/** Asks for two tools at once, and then streams the system prompt and the goal. */
function answerAgent(program: Program): void {
  program.host.answer((response, { body }) => {
    const messages = body.messages as readonly Message[]
    const goal = messages[1]?.content ?? ''
    const chunk = (choices: readonly object[], more: object = {}) =>
      response.write(
        `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: body.model, choices, ...more })}\n\n`,
      )
    const send = (delta: object) => chunk([{ index: 0, delta, finish_reason: null }])
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    const call = (name: string, index: number) => ({
      index,
      id: `call-${index}`,
      type: 'function',
      function: { name, arguments: JSON.stringify({ city: goal.split(' ').at(-1) }) },
    })
    if (goal.startsWith('trip') && !messages.some(({ role }) => role === 'tool'))
      send({ role: 'assistant', tool_calls: ['weather', 'book'].map(call) })
    else for (const word of `${messages[0]?.content} ${goal}`.split(' ')) send({ content: `${word} ` })
    chunk([], { usage: { prompt_tokens: 1_000_000, completion_tokens: 0, total_tokens: 1_000_000 } })
    response.end('data: [DONE]\n\n')
  })
}

let program: Program

beforeAll(async () => {
  program = await newProgram({
    'package.json': JSON.stringify({ type: 'module', imports: { '#lib/*': './src/lib/*' } }),
    'src/lib/system.ts': systemOf('Plan trips.'),
    'src/base.ts': base,
    'src/agent.ts': agent,
    'src/record.ts': `import { agent } from './agent.ts'
import { recorder } from './base.ts'
for (const goal of ['trip to Rome', 'trip to Oslo', 'chat']) await agent(goal)
await recorder.close()
`,
    '.gitignore': 'node_modules\nruntape.db*\nruntape-report\n',
  })
  answerAgent(program)
  expect(await program.record()).toMatchObject({ code: 0 })
  await program.git('init -q -b main && git add -A')
  await program.git('commit -qm first')
  program.write('src/lib/system.ts', systemOf('Plan cheap trips.'))
}, 180_000)

afterAll(() => program.host.close())

const replay = (...words: string[]) => program.runtape(['replay', './src/agent.ts#agent', ...words])

describe('an agent with tools and streams', { timeout: 180_000 }, () => {
  test('a dry run names what would run, and its JSON is clean', async () => {
    const { code, stdout } = await replay('--dry-run')
    expect(stdout).toContain('3 traces of agent.run would be replayed. Nothing was run.')
    expect(stdout).toContain('  tools.book: 2 served  (mock marked: declared mockOnReplay)')
    expect(stdout).toContain('Cost: about $0.75 for 5 model calls')
    expect(code).toBe(0)
  })

  test('the baseline separates the change, no tool runs, and what must run is confirmed', async () => {
    const words = ['--baseline', '--prices', '--must-run', 'agent.system', '--test-run', 'cheap']
    const { code, stdout } = await replay(...words)
    expect(stdout).not.toContain('BOOKED')
    expect(stdout).toContain('differ from the recording: 3 by the change, 0 before too')
    expect(stdout).toContain('must run, and did: agent.system in 3 of 3 items')
    expect(stdout).toContain('spent by calls that ran: $1.50\n')
    expect(code).toBe(0)
    const stored = await program.runtape(['report', 'cheap'])
    expect(stored.stdout).toContain('changed by the change; before the change: same')
    expect(stored.stdout).toContain('differ from the recording: 3 by the change, 0 before too')
    expect(stored.stdout).toContain('must run, and did: agent.system in 3 of 3 items')
    expect(stored.code).toBe(0)
  })

  test('the list of test runs tells the baseline from the replay', async () => {
    const { stdout, code } = await program.runtape(['report'])
    expect(stdout).toMatch(/ cheap +agent\.run +passes +3 changed +first \(/)
    expect(stdout).toMatch(/agent\.run +completed +3 same +Baseline HEAD \(\w{7}\) of test run cheap/)
    expect(code).toBe(0)
    const listed = JSON.parse((await program.runtape(['report', '--json'])).stdout) as {
      baselineOf?: string
      testRunId: string
    }[]
    const baseline = listed.find(({ baselineOf }) => baselineOf === 'cheap')
    const report = await program.runtape(['report', baseline?.testRunId ?? ''])
    expect(report.stdout).toContain(
      'This is the baseline of test run cheap: it replays the code before the change.',
    )
  })

  test('no shard fails for a tool that only another one may reach, but the report over all does', async () => {
    for (const shard of ['1/2', '2/2']) {
      const { code, stdout } = await replay('--shard', shard, '--test-run', 'ci', '--must-run', 'tools.book')
      expect(stdout).toContain('Another shard may reach it: see runtape report.')
      expect(code).toBe(0)
    }
    const { code, stdout } = await program.runtape(['report', 'ci'])
    expect(stdout).toContain("'tools.book' must run, and did not in any of 3 items: 2 served.")
    expect(code).toBe(1)
    const compared = await program.runtape(['compare', 'cheap', 'ci'])
    expect(compared.stdout).toContain('0 better, 0 worse, 0 same, 3 unknown')
  })

  test('a cohort of it with a limit says what was left out, and how to set what is expected', async () => {
    await program.runtape(['cohort', 'create', 'trips', '--where', 'key:agent.run'])
    const { code, stdout } = await replay(
      '--cohort',
      'trips@1',
      '--limit',
      '1',
      '--evaluator',
      'expected-output',
    )
    expect(stdout).toContain('nothing is expected of this trace; runtape cohort expect sets it')
    expect(stdout).toContain('cohort trips@1: 3 traces, 2 not replayed because of --limit')
    expect(code).toBe(1)
  })

  test('a limit of cost ends it between items', async () => {
    const { code, stdout } = await replay('--max-cost', '0.2', '--concurrency', '1')
    expect(stdout).toContain('not all of 3 traces were replayed: 1 not started')
    expect(stdout).toContain('stopped by --max-cost: $0.45 of $0.2 spent')
    expect(code).toBe(1)
  })
})
