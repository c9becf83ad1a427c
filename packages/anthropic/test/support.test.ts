import { readFileSync } from 'node:fs'
import { anthropicContractCases, anthropicHas } from '@runtape/testing/anthropic'
import { expect, test } from 'vitest'
import { anthropic0, anthropic1, anthropicOldest } from './sdks.ts'

test("the README's table lists these versions, with every promise kept", () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  const rows = /<!-- support -->\n[^\n]*\n[^\n]*\n([\s\S]*?)\n<!-- \/support -->/.exec(readme)?.[1]
  const expected = [anthropicOldest, anthropic0, anthropic1].map(sdk => {
    const { length } = anthropicContractCases.filter(({ needs }) => anthropicHas(sdk, needs))
    const all = `${length} of ${length}`
    return `| anthropic ${sdk.version} | ${all} | ${all} |`
  })
  expect(rows?.split('\n'), 'Run `npm run with -- node scripts/support-table.mjs anthropic`.').toEqual(
    expected,
  )
})
