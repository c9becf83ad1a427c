import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { postgresReleases } from '../packages/store-postgres/test/versions.mjs'
import { supportedNodes } from '../scripts/lib/tools.mjs'

const page = readFileSync(new URL('../docs/deploy.md', import.meta.url), 'utf8')
const rows =
  /<!-- support -->\n[^\n]*\n[^\n]*\n([\s\S]*?)\n<!-- \/support -->/.exec(page)?.[1]?.split('\n') ?? []

test('the table of docs/deploy.md lists every store by version, with every promise kept', () => {
  const nodes = Object.values(supportedNodes('linux', 'x64')).map(({ version }) => version)
  const cells = rows.map(row =>
    row
      .split('|')
      .map(cell => cell.trim())
      .slice(1, -1),
  )
  const advice = 'Run `npm run with -- node scripts/store-table.mjs`.'
  expect(
    cells.map(([store]) => store?.replace(/^SQLite [\d.]+,/, 'SQLite,')),
    advice,
  ).toEqual([
    'memory',
    ...nodes.map(version => `SQLite, in Node ${version}`),
    ...postgresReleases.map(release => `Postgres ${release.replace(/\.0-.*$/, '')}`),
    ...['memory', 'SQLite', 'Postgres'].map(store => `HTTP, over ${store}`),
  ])
  for (const [store, kept] of cells) expect(kept, `${store}: ${advice}`).toBe('all')
})
