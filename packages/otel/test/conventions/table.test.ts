import { readFileSync } from 'node:fs'
import { beforeAll, expect, test } from 'vitest'
import { eventNames, metricNames, spanNames } from './names.ts'
import type { Observed } from './observe.ts'
import { observeAll, tableLines } from './table.ts'

let observed: Readonly<Record<string, Observed>> = {}
beforeAll(async () => {
  observed = await observeAll()
}, 30_000)

const page = readFileSync(new URL('../../../../docs/opentelemetry.md', import.meta.url), 'utf8')

test('the table of docs/opentelemetry.md lists what the real programs emit', () => {
  const table = /<!-- support -->\n([\s\S]*?)\n<!-- \/support -->/.exec(page)?.[1]?.split('\n')
  expect(table, 'Run `npm run with -- node scripts/otel-table.mjs`.').toEqual(tableLines(observed))
})

test('a strict endpoint accepts every batch, and each span has the id of the run', () => {
  for (const [name, { refused, runIds }] of Object.entries(observed)) {
    expect([name, refused, runIds.size]).toEqual([name, 0, 1])
    expect([...runIds]).not.toEqual([undefined])
  }
})

test.each([
  ['attributes', spanNames],
  ['metrics', metricNames],
  ['events', eventNames],
] as const)('of the %s each is emitted, or the table says why not', (kind, names) => {
  for (const [name, reason] of Object.entries(names)) {
    const isEmitted = Object.values(observed).some(each => each[kind].has(name))
    expect([name, isEmitted]).toEqual([name, reason === ''])
  }
})

test('no name with gen_ai is emitted that the conventions lack, but for outputs of images and video', () => {
  const known = new Set([
    ...Object.keys(spanNames),
    'gen_ai.usage.image.output_tokens',
    'gen_ai.usage.video.output_tokens',
  ])
  const emitted = Object.values(observed).flatMap(({ attributes }) => [...attributes])
  expect(emitted.filter(name => name.startsWith('gen_ai.') && !known.has(name))).toEqual([])
})
