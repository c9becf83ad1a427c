import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { clientTable, clientTests, listTests } from '../scripts/lib/client-table.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const page = readFileSync(new URL('../docs/clients.md', import.meta.url), 'utf8')
const table = /<!-- support -->\n([\s\S]*?)\n<!-- \/support -->/.exec(page)?.[1]?.split('\n')

test('the table of docs/clients.md says what the tests of the clients say', async () => {
  const files = clientTests(root)
  const listed = files.length === 0 ? [] : await listTests(root, files)
  expect(table, 'Run `npm run with -- node scripts/clients-table.mjs`.').toEqual(clientTable(listed))
}, 120_000)

const of = (group: string, title: string, status = 'passed') => ({ ancestorTitles: [group], title, status })

test('a row has a client, its version, and every title of its tests', () => {
  const lines = clientTable([
    of('client: @acme/otel sdk 10.2.0', 'arrives: model calls'),
    of('client: @acme/otel sdk 9.1.0-beta.2', 'lost: images, they are not sent'),
    of('client: @acme/otel sdk 10.2.0', 'arrives: tokens | cost'),
    of('client: @acme/otel sdk 10.2.0', 'an ordinary title', 'failed'),
    of('client: b 1.0.0, with a plugin', 'arrives: all'),
    of('another group', 'arrives: nothing'),
  ])
  expect(lines.slice(2)).toEqual([
    '| @acme/otel sdk | 9.1.0-beta.2 | – | images, they are not sent |',
    '| @acme/otel sdk | 10.2.0 | model calls; tokens \\| cost | – |',
    '| b | 1.0.0, with a plugin | all | – |',
  ])
})

test('what a test does not show is not written', () => {
  for (const status of ['failed', 'skipped', 'pending'])
    expect(() => clientTable([of('client: a 1.0.0', 'arrives: x', status)])).toThrow(/does not show \(/)
})
