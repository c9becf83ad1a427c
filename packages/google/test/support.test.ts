import { readFileSync } from 'node:fs'
import { googleContractCases, googleHas } from '@runtape/testing/google'
import { expect, test } from 'vitest'
import { google1, google2, google3 } from './sdks.ts'

test("the README's table lists these versions, with every promise kept", () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  const rows = /<!-- support -->\n[^\n]*\n[^\n]*\n([\s\S]*?)\n<!-- \/support -->/.exec(readme)?.[1]
  const expected = [google1, google2, google3].map((sdk, at) => {
    const { length } = googleContractCases.filter(({ needs }) => googleHas(sdk, needs))
    const all = `${length} of ${length}`
    return `| genai ${sdk.version}${at === 0 ? ' by its global fetch' : ''} | ${all} | ${all} |`
  })
  expect(rows?.split('\n'), 'Run `npm run with -- node scripts/support-table.mjs google`.').toEqual(expected)
})
