import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { clouds } from './hosts/clouds.ts'
import { localServers } from './hosts/local-servers.ts'
import { modelMakers } from './hosts/model-makers.ts'

test('the table of the docs has every host that is tested, and how it tells usage', () => {
  const docs = readFileSync(new URL('../../../docs/hosts.md', import.meta.url), 'utf8')
  const [, table = ''] = /<!-- hosts -->\n([\s\S]*?)<!-- \/hosts -->/.exec(docs) ?? []
  const rows = [...modelMakers, ...clouds, ...localServers].map(({ name, tells, refusal }) => {
    const refuses = refusal ? `; ${refusal.status} to those who ask` : ''
    return `| ${name} | ${tells}${refuses} |`
  })
  const expected = [
    '| host | tells usage |',
    '|---|---|',
    ...rows,
    '| Voyage | embeddings: the total alone |',
    '',
  ]
  expect(table, 'Put these lines into docs/hosts.md.').toBe(expected.join('\n'))
})
