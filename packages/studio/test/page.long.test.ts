import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { sqliteStore } from '@runtape/store-sqlite'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { openBrowser } from './browser.ts'
import { fill, type Opened, openPage, type View } from './page.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 })

/** The machine may do much else. */
const soon = { timeout: 20_000 }
const store = sqliteStore(':memory:')
let browser: Browser
let opened: Opened | undefined
beforeAll(async () => {
  browser = await openBrowser()
  await fill(store, 2000)
})
afterEach(async () => {
  await opened?.close()
  opened = undefined
})
afterAll(async () => {
  await browser.close()
  await store.close()
})

async function open(path = '/', view: View = {}): Promise<Page> {
  opened = await openPage(browser, store, path, view)
  await opened.page.waitForSelector('main[aria-busy="false"]')
  return opened.page
}

const squeezed = (text: string | null): string => (text ?? '').replace(/[\s\u202f]+/g, '')

describe('the overview', () => {
  test('has the figures of usage, to the last unit', async () => {
    const page = await open('/?q=since:90d')
    const [bill] = await store.runs.usage({ where: 'since:90d' })
    const values = await page.locator('.figures .value').allTextContents()
    expect(squeezed(values[0] ?? '')).toBe(String(bill?.runs))
    const nano = Number(squeezed(values[1] ?? '').replace('$', '')) * 1e9
    expect(Math.round(nano)).toBe(bill?.cost?.nanoUsd)
    const total = await page.locator('.ledger tfoot td').allTextContents()
    expect(squeezed(total[1] ?? '')).toBe(String(bill?.runs))
    expect(squeezed(total[4] ?? '')).toBe(String(bill?.tokens?.input))
  })

  test('a cut is in the address, and its rows are those of usage', async () => {
    const page = await open('/?q=since:90d')
    await page.getByRole('group', { name: 'Cut' }).getByRole('button', { name: 'customer' }).click()
    await page.waitForURL(/by=customer/)
    const rows = await store.runs.usage({ where: 'since:90d', groupBy: ['contextKey'], orderBy: 'runs' })
    await expect
      .poll(() => page.locator('.ledger tbody th').allTextContents(), soon)
      .toEqual(rows.map(({ group }) => group.contextKey))
  })

  test('a row leads to its runs, and back', async () => {
    const page = await open('/?q=since:90d&by=model')
    await page.getByRole('link', { name: 'gpt-5-mini' }).click()
    await page.waitForURL(/\/runs\?/)
    const { runs } = (await store.runs.usage({ where: 'since:90d model:gpt-5-mini' }))[0] ?? {}
    await expect
      .poll(async () => squeezed(await page.locator('.foot').textContent()), soon)
      .toContain(`${runs}runs`)
    await page.goBack()
    await page.waitForSelector('.overview')
    expect(new URL(page.url()).searchParams.get('by')).toBe('model')
  })
})

describe('the runs', () => {
  test('are all there by scrolling, and few of them in the document', async () => {
    const page = await open('/runs?q=since:90d')
    const list = page.getByRole('listbox', { name: 'Runs' })
    let last = ''
    for (let step = 0; step < 60; step++) {
      await list.evaluate(box => box.scrollTo(0, box.scrollHeight))
      await page.waitForTimeout(60)
      expect(await page.locator('.virtual .row').count()).toBeLessThanOrEqual(60)
      last = (await page.locator('.virtual .row').last().getAttribute('aria-posinset')) ?? ''
      if (last === '2000') break
    }
    expect(last).toBe('2000')
  })

  test('a filter is text and chips, and stays in the address', async () => {
    const page = await open('/runs?q=since:90d')
    await page.keyboard.press('/')
    await page.keyboard.type('feedback:negative model:gpt-5-*')
    await page.keyboard.press('Enter')
    await page.waitForURL(/feedback/)
    expect(await page.locator('.chip bdi').allTextContents()).toEqual(['feedback:negative', 'model:gpt-5-*'])
    const [bill] = await store.runs.usage({ where: 'since:90d feedback:negative model:gpt-5-*' })
    await expect
      .poll(async () => squeezed(await page.locator('.foot').textContent()), soon)
      .toContain(`${bill?.runs}runs`)
    await page.reload()
    await expect.poll(() => page.locator('.chip').count(), soon).toBe(2)
    await page.locator('.chip').first().click()
    await expect.poll(() => page.locator('.chip').count(), soon).toBe(1)
  })

  test('a filter that cannot be read says why, and changes nothing', async () => {
    const page = await open('/runs?q=since:90d')
    await page.locator('#filter').fill('colour:red')
    await page.locator('#filter').press('Enter')
    await expect.poll(() => page.locator('.filter-form output').textContent(), soon).toContain('colour')
    expect(page.url()).not.toContain('colour')
  })

  test('keys move the selection', async () => {
    const page = await open('/runs?q=since:90d')
    await page.waitForSelector('.virtual .row')
    for (const key of ['j', 'j', 'j', 'k']) await page.keyboard.press(key)
    const selected = page.locator('[aria-selected="true"]')
    await expect.poll(() => selected.getAttribute('aria-posinset'), soon).toBe('2')
  })
})

test('a link works once; then a key is asked for, and kept in a cookie that scripts cannot read', async () => {
  const page = await open()
  expect(page.url()).not.toContain('token')
  expect(await page.evaluate('document.cookie')).toBe('')
  const other = await browser.newContext()
  const second = await other.newPage()
  await second.goto(`${opened?.url}/#token=once`)
  await second.getByLabel('A key of this server').fill('rt_wrong')
  await second.getByRole('button', { name: 'Open' }).click()
  await expect.poll(() => second.locator('output').textContent(), soon).toContain('not known')
  await second.getByLabel('A key of this server').fill(opened?.key ?? '')
  await second.getByRole('button', { name: 'Open' }).click()
  await second.waitForSelector('.figures')
  await second.reload()
  await second.waitForSelector('.figures')
  await other.close()
})

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const sizes: readonly View[] = [
  { width: 360, height: 780 },
  { width: 768, height: 1024 },
  { width: 1440, height: 900 },
  { width: 3840, height: 2160 },
]

describe.each(['/', '/runs'])('%s', path => {
  test.each(sizes.flatMap(size => (['light', 'dark'] as const).map(scheme => ({ ...size, scheme }))))(
    '$width wide, $scheme: nothing is said on the console, nothing is asked elsewhere, and axe finds nothing',
    async view => {
      const page = await open(`${path}?q=since:90d`, view)
      const scrolls = await page.evaluate('document.documentElement.scrollWidth > innerWidth')
      expect(scrolls, 'scrolls sideways').toBe(false)
      expect(opened?.complaints).toEqual([])
      // The policy of the page allows no script of ours: axe runs in a world of its own.
      const session = await page.context().newCDPSession(page)
      const { frameTree } = await session.send('Page.getFrameTree')
      const { executionContextId: contextId } = await session.send('Page.createIsolatedWorld', {
        frameId: frameTree.frame.id,
      })
      await session.send('Runtime.evaluate', { expression: axe, contextId })
      const { result } = await session.send('Runtime.evaluate', {
        expression: `axe.run().then(({ violations }) => JSON.stringify(violations.map(({ id, nodes }) => [id, nodes.slice(0, 3).map(({ html }) => html)])))`,
        ...{ contextId, awaitPromise: true, returnByValue: true },
      })
      expect(JSON.parse(String(result.value))).toEqual([])
    },
  )
})
