import { readFileSync } from 'node:fs'
import { openaiContractCases } from '@runtape/testing/openai'
import { expect, test } from 'vitest'
import { openai5, openai6, openai7 } from './sdks.ts'

test("the README's table lists these versions, with every promise kept", () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  const rows = /<!-- support -->\n[^\n]*\n[^\n]*\n([\s\S]*?)\n<!-- \/support -->/.exec(readme)?.[1]
  const all = `${openaiContractCases.length} of ${openaiContractCases.length}`
  const expected = [openai5, openai6, openai7].map(({ version }) => `| openai ${version} | ${all} | ${all} |`)
  expect(rows?.split('\n'), 'Run `npm run with -- node scripts/support-table.mjs openai`.').toEqual(expected)
})
