import type { RunEvent } from '@runtape/core'
import type { Store } from '@runtape/core/store'
import { createServer, issueKey } from '@runtape/server'
import { listen } from '@runtape/server/node'
import { studioFiles } from '@runtape/studio'
import type { Browser, Page } from 'playwright-core'

/** A page over a store, and what its browser complained of. */
export interface Opened {
  readonly page: Page
  readonly url: string
  readonly key: string
  /** Messages of the console, failed scripts, and requests to other hosts. */
  readonly complaints: readonly string[]
  close(): Promise<void>
}

export interface View {
  readonly width?: number
  readonly height?: number
  readonly scheme?: 'light' | 'dark'
}

/** Opens the page as `runtape studio` does: with a token that is used once. */
export async function openPage(browser: Browser, store: Store, path = '/', view: View = {}): Promise<Opened> {
  const { key, stored } = await issueKey(['read'])
  const tokens = new Set(['once'])
  const studio = { files: studioFiles(), redeem: (token: string) => (tokens.delete(token) ? key : undefined) }
  const server = createServer({ projects: { a: { store, keys: { list: () => [stored] } } }, studio })
  const listening = await listen(server, { port: 0 })
  const { width = 1440, height = 900, scheme = 'light' } = view
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: scheme })
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', message => complaints.push(message.text()))
  page.on('pageerror', error => complaints.push(error.message))
  page.on('request', request => {
    if (new URL(request.url()).origin !== listening.url && !request.url().startsWith('data:'))
      complaints.push(`a request to ${request.url()}`)
  })
  await page.goto(`${listening.url}${path}#token=once`)
  return {
    ...{ page, key, complaints, url: listening.url },
    close: async () => {
      await context.close()
      await listening.close()
    },
  }
}

const customers = ['ann', 'bob', 'eve']

/** Runs of the last days, the same for the same count. */
export async function fill(
  store: Store,
  count: number,
  more: (index: number) => Partial<RunEvent> = () => ({}),
) {
  const now = Date.now()
  for (let first = 0; first < count; first += 500) {
    const indexes = Array.from({ length: Math.min(500, count - first) }, (_, offset) => first + offset)
    await store.append(indexes.flatMap(index => eventsOf(index, now, more(index))))
  }
}

function eventsOf(index: number, now: number, more: Partial<RunEvent>): RunEvent[] {
  const base = {
    ...{ kind: 'run-event' as const, runId: `run-${String(index).padStart(7, '0')}`, version: 7 },
    ...{ configKey: 'support', variationKey: index % 3 === 0 ? 'warm' : 'brief', providerName: 'openai' },
    ...{ modelName: index % 2 === 0 ? 'gpt-5-mini' : 'gpt-4.1-nano' },
    ...{ context: { kind: 'user', key: customers[index % 3] ?? '' }, at: now - 3_600_000 - index * 60_000 },
    ...more,
  }
  const [input, output] = [100 + (index % 50), 10 + (index % 7)]
  const cost = { nanoUsd: input * 50 + output * 401, priceList: 'test@1' }
  return [
    { ...base, metric: 'tokens', value: { input, output, total: input + output }, cost },
    { ...base, metric: 'duration', value: 50 + (index % 100) },
    { ...base, metric: 'outcome', value: index % 40 === 0 ? { status: 'error' } : { status: 'success' } },
    ...(index % 5 === 0
      ? [{ ...base, metric: 'feedback' as const, value: { kind: 'negative' as const } }]
      : []),
  ]
}
