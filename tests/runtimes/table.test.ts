import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { setUpTable } from './set-ups/all.ts'
import { jestTransform } from './set-ups/commonjs.ts'

const page = readFileSync(new URL('../../docs/runtimes.md', import.meta.url), 'utf8')

test('the table of docs/runtimes.md lists the set-ups that are tested', () => {
  const table = /<!-- support -->\n([\s\S]*?)\n<!-- \/support -->/.exec(page)?.[1]?.split('\n')
  expect(table, 'Run `npm run with -- node scripts/runtimes-table.mjs`.').toEqual(setUpTable())
})

test('its lines for Jest are those that are tested', async () => {
  const [, config = ''] = /^```js\n([\s\S]*?)^```/m.exec(page) ?? []
  const { default: given } = await import(
    `data:text/javascript,${encodeURIComponent(config.replace('module.exports =', 'export default'))}`
  )
  expect(given).toEqual(jestTransform)
})
