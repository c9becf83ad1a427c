import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { casesOf } from './cases/cases.ts'
import { loadSdk, versionOf } from './sdks.ts'

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
const rowsOf = (name: string): string[] =>
  new RegExp(`<!-- ${name} -->\\n[^\\n]*\\n[^\\n]*\\n([\\s\\S]*?)\\n<!-- /${name} -->`)
    .exec(readme)?.[1]
    ?.split('\n') ?? []

test("the README's table lists these versions, with every promise kept", () => {
  const expected = ([5, 6, 7] as const).map(major => {
    const all = `${casesOf(major).length} of ${casesOf(major).length}`
    return `| ai ${versionOf(major)} | ${all} | ${all} |`
  })
  expect(rowsOf('support'), 'Run `npm run with -- node scripts/support-table.mjs ai-sdk`.').toEqual(expected)
})

test('what the README says about each major version is true', async () => {
  const majors = await Promise.all(([5, 6, 7] as const).map(loadSdk))
  const has = (name: string, otherwise: string) =>
    majors.map(({ ai }) => (typeof ai[name as keyof typeof ai] === 'function' ? 'yes' : otherwise))
  const found = rowsOf('features').map(row =>
    row
      .split('|')
      .slice(2, -1)
      .map(cell => cell.trim()),
  )
  expect(found).toEqual([
    has('wrapLanguageModel', 'no'),
    has('wrapEmbeddingModel', 'by a tap on `fetch`'),
    has('generateText', 'no'),
    has('registerTelemetry', 'no'),
  ])
})
