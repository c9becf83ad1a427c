import { readFileSync } from 'node:fs'
import { bedrockContractCases } from '@runtape/testing/bedrock'
import { expect, test } from 'vitest'
import { sdks } from './sdks.ts'

test("the README's table lists these versions, with every promise kept", () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  const rows = /<!-- support -->\n[^\n]*\n[^\n]*\n([\s\S]*?)\n<!-- \/support -->/.exec(readme)?.[1]
  const [oldest, newest] = sdks.map(({ version, sdk }) => {
    const { length } = bedrockContractCases.filter(({ needs }) => needs === undefined || needs in sdk)
    return { name: `client-bedrock-runtime ${version}`, all: `${length} of ${length}` }
  })
  const expected = [oldest?.name, `${newest?.name} over HTTP/1.1`, `${newest?.name} over HTTP/2`].map(
    (name, row) => `| ${[name, ...Array(2).fill(row === 0 ? oldest?.all : newest?.all)].join(' | ')} |`,
  )
  expect(rows?.split('\n'), 'Run `npm run with -- node scripts/support-table.mjs bedrock`.').toEqual(expected)
})
