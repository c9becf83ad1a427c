import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { expect, onTestFinished, test } from 'vitest'
import { newProject, runtapePath } from './project.ts'

async function studio(words: readonly string[] = []) {
  const project = await newProject()
  const child = spawn(process.execPath, [runtapePath, 'studio', ...words], {
    cwd: project.folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const { value: line } = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next()
  const [, url = '', token = ''] = /(http:\S+)\/#token=(\S+)$/.exec(String(line)) ?? []
  const begin = () =>
    fetch(`${url}/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' },
      body: JSON.stringify({ token }),
    })
  const cookieOf = (response: Response) => response.headers.get('set-cookie')?.split(';')[0] ?? ''
  return { child, url, begin, cookieOf }
}

test('studio prints an address that opens the page once, and only reads', async () => {
  const { child, url, begin, cookieOf } = await studio()
  expect(await (await fetch(`${url}/runs`)).text()).toContain('<title>Runtape</title>')
  expect((await fetch(`${url}/v1/usage`)).status).toBe(401)
  const cookie = cookieOf(await begin())
  expect((await begin()).status).toBe(401)
  const bill = (await (await fetch(`${url}/v1/usage`, { headers: { cookie } })).json()) as { runs: number }[]
  expect(bill[0]?.runs).toBeGreaterThan(0)
  const change = { method: 'PUT', headers: { cookie, 'sec-fetch-site': 'same-origin' }, body: '{}' }
  expect((await fetch(`${url}/v1/views`, change)).status).toBe(403)
  child.kill('SIGTERM')
  expect(await once(child, 'exit')).toEqual([0, null])
})

test('with --write it also keeps what a reviewer does', async () => {
  const { url, begin, cookieOf } = await studio(['--write'])
  const headers = {
    cookie: cookieOf(await begin()),
    'sec-fetch-site': 'same-origin',
    'content-type': 'application/json',
  }
  const body = JSON.stringify({ name: 'down', filter: 'feedback:negative', by: 'Ann' })
  expect((await fetch(`${url}/v1/views`, { method: 'PUT', headers, body })).status).toBe(200)
})

test('without a database it says so', async () => {
  const { code, stderr } = await (await newProject('empty')).runtape(['studio', '--no-open'])
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('There is no database') })
})
