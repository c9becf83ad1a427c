import { execFileSync } from 'node:child_process'
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { RuntapeError } from '@runtape/core'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { configFile, memoryLogger, memorySink, temporaryFolder, user } from '../test/helpers.ts'
import { createClient } from './client.ts'
import { type FileFlagsOptions, fileFlags } from './file-flags.ts'
import type { DefaultFlagValue, FlagSource } from './flag-source.ts'

const brief = {
  model: { name: 'gpt-5-mini' },
  provider: { name: 'openai' },
  messages: [{ role: 'system', content: 'Be brief.' }],
}
const long = { ...brief, model: { name: 'gpt-5' } }
const support = { version: 3, variations: { brief, long }, serve: 'brief' }

const defaultValue: DefaultFlagValue = { _ldMeta: { enabled: false, variationKey: '', mode: 'completion' } }
const evaluate = (flags: FlagSource, key = 'support-answer', context = user) =>
  flags.evaluate(key, context, defaultValue)
const variationOf = async (flags: FlagSource) => (await evaluate(flags)).variationKey

function open(file: string, options: FileFlagsOptions = {}) {
  const flags = fileFlags(file, options)
  onTestFinished(() => flags.close())
  return flags
}

/** The error with which a file is refused, its folder cut off. */
function refusal(file: string): string {
  try {
    open(file)
  } catch (error) {
    if (RuntapeError.isInstance(error) && error.code === 'invalid-config') {
      return error.message.replaceAll(`${dirname(file)}/`, '')
    }
    throw error
  }
  throw new Error('The file was accepted.')
}

describe('a config of the file', () => {
  test('is served with its variation and version', async () => {
    expect(await evaluate(open(configFile({ 'support-answer': support })))).toEqual({
      value: { _ldMeta: { enabled: true, variationKey: 'brief', version: 3 }, ...brief },
      variationKey: 'brief',
      version: 3,
    })
  })

  test('has version 1 if it names none, and is off if its variation says so', async () => {
    const off = { variations: { off: { ...brief, enabled: false } }, serve: 'off' }
    expect((await evaluate(open(configFile({ 'support-answer': off })))).value).toMatchObject({
      _ldMeta: { enabled: false, variationKey: 'off', version: 1 },
    })
  })

  test('is rolled out by weight, always the same for one context', async () => {
    const flags = open(configFile({ 'support-answer': { ...support, serve: { brief: 50, long: 50 } } }))
    const served = async () =>
      Promise.all(
        Array.from({ length: 200 }, async (_, index) =>
          evaluate(flags, 'support-answer', { kind: 'user', key: `${index}` }),
        ),
      )
    const names = (await served()).map(({ variationKey }) => variationKey)
    expect(new Set(names)).toEqual(new Set(['brief', 'long']))
    expect((await served()).map(({ variationKey }) => variationKey)).toEqual(names)
  })

  test('does not change when an application changes its copy', async () => {
    const tuned = { ...brief, model: { name: 'm', parameters: { temperature: 0 } } }
    const flags = open(configFile({ 'support-answer': { variations: { tuned }, serve: 'tuned' } }))
    const first = (await evaluate(flags)).value as typeof tuned
    first.model.parameters.temperature = 2
    expect((await evaluate(flags)).value).toMatchObject({ model: { parameters: { temperature: 0 } } })
  })

  test('may have the name of an inherited object member', async () => {
    const variations = { toString: brief }
    const flags = open(configFile({ constructor: { variations, serve: 'toString' } }))
    expect((await evaluate(flags, 'constructor')).variationKey).toBe('toString')
    const { warnings, warn } = memoryLogger()
    const other = open(configFile({}), { logger: { warn } })
    expect((await evaluate(other, 'hasOwnProperty')).value).toBe(defaultValue)
    expect(warnings).toHaveLength(1)
  })

  test('reaches the application through the client, for both kinds of config', async () => {
    const agent = { variations: { a: { ...brief, instructions: 'Help {{who}}.' } }, serve: 'a' }
    const flags = open(configFile({ 'support-answer': support, agent }))
    const sink = memorySink()
    const client = createClient({ flags, sink })
    const config = await client.completionConfig('support-answer', user)
    config.createTracker().trackSuccess()
    expect(sink.events[0]).toMatchObject({ variationKey: 'brief', version: 3, modelName: 'gpt-5-mini' })
    const { instructions } = await client.agentConfig('agent', user, undefined, { who: 'Ann' })
    expect(instructions).toBe('Help Ann.')
  })
})

describe('an unknown config key', () => {
  test('gets the default, with one warning that names the file and its keys', async () => {
    const { warnings, warn } = memoryLogger()
    const file = configFile({ 'support-answer': support, triage: support })
    const flags = open(file, { logger: { warn } })
    expect(await evaluate(flags, 'suport-answer')).toEqual({ value: defaultValue })
    await evaluate(flags, 'suport-answer')
    expect(warnings).toEqual([
      `${file}: no config is named "suport-answer" (known: support-answer, triage). The default is served.`,
    ])
  })

  test('gets a short list of known keys', async () => {
    const { warnings, warn } = memoryLogger()
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`config-${index}`, support]))
    await evaluate(open(configFile(many), { logger: { warn } }), 'other')
    expect(warnings[0]).toContain('config-19 and 480 more)')
  })
})

describe('an unusable file is refused immediately', () => {
  test('if it is missing, with the resolved path', () => {
    const file = join(temporaryFolder(), 'ai-configs.json')
    expect(() => open(file)).toThrow(`${file}: file not found (looked for ${resolve(file)}). Create it`)
  })

  test('if it is a folder', () => {
    const folder = temporaryFolder()
    expect(() => open(folder)).toThrow(`${folder}: cannot read the file: EISDIR`)
  })

  test.each<[unknown, string]>([
    ['', 'ai-configs.json: not JSON: Unexpected end of JSON input'],
    ['{ "support": ', 'ai-configs.json: not JSON: '],
    ['[]', 'ai-configs.json: expected record, received array'],
    ['null', 'ai-configs.json: expected record, received null'],
    [{ s: null }, 'ai-configs.json: s: expected object, received null'],
    [{ s: { ...support, version: '3' } }, 'ai-configs.json: s.version: expected number, received string'],
    [{ s: { serve: 'brief' } }, 'ai-configs.json: s.variations: expected record, received undefined'],
    [
      { s: { variations: { brief }, serv: 'brief' } },
      'ai-configs.json: s.serve: expected a variation name, or names with weights of 0 or more',
    ],
    [{ s: { ...support, serve: { brief: -1 } } }, 'ai-configs.json: s.serve: expected a variation name, or'],
    [
      { s: { ...support, serve: 'brif' } },
      'ai-configs.json: s.serve: no variation is named "brif" (known: brief, long)',
    ],
    [{ s: { ...support, serve: 'toString' } }, 'ai-configs.json: s.serve: no variation is named "toString"'],
    [
      { s: { ...support, serve: { brief: 1, lang: 1 } } },
      'ai-configs.json: s.serve.lang: no variation is named "lang" (known: brief, long)',
    ],
    [
      { s: { ...support, serve: { brief: 0 } } },
      'ai-configs.json: s.serve: no variation has a weight above 0',
    ],
    [{ s: { ...support, serve: {} } }, 'ai-configs.json: s.serve: no variation has a weight above 0'],
    [
      { s: { variations: { brief: { ...brief, mesages: [] } }, serve: 'brief' } },
      'ai-configs.json: s.variations.brief: Unrecognized key: "mesages"',
    ],
    [
      { 'support-answer': { variations: { brief: { messages: [{ role: 'system' }] } }, serve: 'brief' } },
      'ai-configs.json: support-answer.variations.brief.messages.0.content: expected string, received undefined',
    ],
  ])('%#: %j', (content, message) => {
    expect(refusal(configFile(content))).toContain(message)
  })

  test('with every problem, one per line', () => {
    const bad = { a: { ...support, serve: 'x' }, b: { ...support, version: 1.5 } }
    expect(refusal(configFile(bad)).split('\n')).toEqual([
      'ai-configs.json: a.serve: no variation is named "x" (known: brief, long)',
      'ai-configs.json: b.version: expected int, received number',
    ])
  })

  test('but a byte order mark is ignored', async () => {
    const flags = open(configFile(`\uFEFF${JSON.stringify({ 'support-answer': support })}`))
    expect(await variationOf(flags)).toBe('brief')
  })
})

describe('a change of the file', () => {
  const write = (file: string, content: unknown) =>
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
  const serving = (serve: string) => ({ 'support-answer': { ...support, serve } })
  const becomes = (flags: FlagSource, name: string) =>
    vi.waitFor(async () => expect(await variationOf(flags)).toBe(name), { timeout: 5000, interval: 20 })

  test('is served soon, and so is the second one', async () => {
    const file = configFile(serving('brief'))
    const flags = open(file)
    expect(await variationOf(flags)).toBe('brief')
    write(file, serving('long'))
    await becomes(flags, 'long')
    write(file, serving('brief'))
    await becomes(flags, 'brief')
  })

  test('is noticed when another file replaces it', async () => {
    const file = configFile(serving('brief'))
    const flags = open(file)
    for (const name of ['long', 'brief', 'long']) {
      write(`${file}.new`, serving(name))
      renameSync(`${file}.new`, file)
      await becomes(flags, name)
    }
  })

  test('is noticed when a mounted folder is swapped by its link', async () => {
    const folder = temporaryFolder()
    for (const name of ['brief', 'long']) {
      mkdirSync(join(folder, `..${name}`))
      write(join(folder, `..${name}`, 'ai-configs.json'), serving(name))
    }
    symlinkSync('..brief', join(folder, '..data'))
    symlinkSync('..data/ai-configs.json', join(folder, 'ai-configs.json'))
    const flags = open(join(folder, 'ai-configs.json'))
    expect(await variationOf(flags)).toBe('brief')
    symlinkSync('..long', join(folder, '..next'))
    renameSync(join(folder, '..next'), join(folder, '..data'))
    await becomes(flags, 'long')
  })

  test.each([
    ['the file is a link that a deployment switches', 'file'],
    ['its folder is a link that a deployment switches', 'folder'],
    ['a folder further up is a link that a deployment switches', 'parent'],
  ] as const)('is noticed when %s', async (_what, linked) => {
    const folder = temporaryFolder()
    for (const name of ['brief', 'long']) {
      mkdirSync(join(folder, name, 'etc'), { recursive: true })
      write(join(folder, name, 'etc', 'ai-configs.json'), serving(name))
    }
    const target = { file: 'etc/ai-configs.json', folder: 'etc', parent: '' }[linked]
    const link = join(folder, 'current')
    const place = {
      file: link,
      folder: join(link, 'ai-configs.json'),
      parent: join(link, 'etc', 'ai-configs.json'),
    }
    const point = (name: string) => {
      symlinkSync(join(folder, name, target), `${link}.next`)
      renameSync(`${link}.next`, link)
    }
    point('brief')
    const flags = open(place[linked])
    expect(await variationOf(flags)).toBe('brief')
    for (const name of ['long', 'brief']) {
      point(name)
      await becomes(flags, name)
    }
  })

  test('is noticed when the folder is created again', async () => {
    const { warnings, warn } = memoryLogger()
    const folder = join(temporaryFolder(), 'etc')
    const file = join(folder, 'ai-configs.json')
    mkdirSync(folder)
    write(file, serving('brief'))
    const flags = open(file, { logger: { warn } })
    for (const name of ['long', 'brief']) {
      rmSync(folder, { recursive: true })
      await sleep(20)
      mkdirSync(folder)
      write(file, serving(name))
      await becomes(flags, name)
    }
    expect(warnings).toEqual([])
  })

  test('is noticed while the file is rewritten every 20 ms', async () => {
    const file = configFile(serving('brief'))
    const flags = open(file)
    const rewriting = setInterval(() => write(file, serving('long')), 20)
    try {
      await becomes(flags, 'long')
    } finally {
      clearInterval(rewriting)
    }
  })

  test('that is briefly incomplete is not reported', async () => {
    const { warnings, warn } = memoryLogger()
    const file = configFile(serving('brief'))
    const flags = open(file, { logger: { warn } })
    write(file, JSON.stringify(serving('long')).slice(0, 40))
    await sleep(60)
    write(file, serving('long'))
    await becomes(flags, 'long')
    expect(warnings).toEqual([])
  })

  test('that is invalid is reported, and the last good version stays', async () => {
    const { warnings, warn } = memoryLogger()
    const file = configFile(serving('brief'))
    const flags = open(file, { logger: { warn } })
    write(file, serving('lang'))
    await vi.waitFor(() => expect(warnings).toHaveLength(1))
    expect(warnings[0]).toBe(
      `${file}: support-answer.serve: no variation is named "lang" (known: brief, long)\n` +
        `The last good version of ${file} remains in use.`,
    )
    expect(await variationOf(flags)).toBe('brief')
    write(file, serving('long'))
    await becomes(flags, 'long')
    rmSync(file)
    await vi.waitFor(() => expect(warnings[1]).toContain('file not found'))
    expect(await variationOf(flags)).toBe('long')
  })

  test('is not watched after close(), nor with watch: false', async () => {
    const file = configFile(serving('brief'))
    const [closed, still, control] = [open(file), open(file, { watch: false }), open(file)]
    closed.close()
    write(file, serving('long'))
    await becomes(control, 'long')
    await sleep(100)
    expect([await variationOf(closed), await variationOf(still)]).toEqual(['brief', 'brief'])
  })
})

test('watching the file does not keep the process alive', () => {
  const file = configFile({ 'support-answer': support })
  const dist = pathToFileURL(join(import.meta.dirname, '../dist/index.js')).href
  const script = `
    const { fileFlags } = await import(${JSON.stringify(dist)})
    fileFlags(${JSON.stringify(file)})
    console.log('done')`
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], { timeout: 10_000 })
  expect(output.toString()).toBe('done\n')
})
