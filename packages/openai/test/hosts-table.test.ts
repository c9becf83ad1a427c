import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { clouds } from './hosts/clouds.ts'
import { localServers } from './hosts/local-servers.ts'
import { modelMakers } from './hosts/model-makers.ts'

test('docs/hosts.md lists every tested host and how it reports usage', () => {
  const docs = readFileSync(new URL('../../../docs/hosts.md', import.meta.url), 'utf8')
  const [, table = ''] = /<!-- hosts -->\n([\s\S]*?)<!-- \/hosts -->/.exec(docs) ?? []
  const rows = [...modelMakers, ...clouds, ...localServers].map(({ name, tells, refusal }) => {
    const refuses = refusal ? ` with ${refusal.status}` : ''
    return `| ${name} | ${tells}${refuses} |`
  })
  const expected = [
    '| host | reports usage |',
    '|---|---|',
    ...rows,
    '| Voyage | embeddings: only the total |',
    '',
  ]
  expect(table, 'Put these lines into docs/hosts.md.').toBe(expected.join('\n'))
})
