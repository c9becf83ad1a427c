// A body of 10 MB that inflates to 10 GB, sent several times at once to a server in its own process.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { constants, deflateRawSync, gzipSync } from 'node:zlib'
import { expect, onTestFinished, test } from 'vitest'

const command = fileURLToPath(new URL('../../cli/dist/main.js', import.meta.url))

/** `runtape serve` in its own process. */
async function serve() {
  const cwd = mkdtempSync(join(tmpdir(), 'runtape-bomb-'))
  const child = spawn(process.execPath, [command, 'serve', '--port', '0'], {
    ...{ cwd, stdio: ['ignore', 'pipe', 'ignore'] },
  })
  onTestFinished(async () => {
    const exit = once(child, 'exit')
    child.kill('SIGTERM')
    await exit
    rmSync(cwd, { recursive: true })
  })
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]()
  const next = async () => String((await lines.next()).value)
  const url = (await next()).replace('Listening on ', '')
  const key = (await next()).split(': ').at(-1) ?? ''
  const ps = ['-o', 'rss=', '-p', String(child.pid)]
  return { url, key, residentMb: () => Number(execFileSync('ps', ps, { encoding: 'utf8' })) / 1024 }
}

/** 10 MB that inflate to 10 GB: one block that is complete in itself, again and again. */
function bomb(): Buffer<ArrayBuffer> {
  const block = deflateRawSync(Buffer.alloc(10_000_000, 0x20), {
    finishFlush: constants.Z_FULL_FLUSH,
    level: 9,
  })
  const header = gzipSync('').subarray(0, 10)
  const blocks = Math.floor((9_990_000 - header.length) / block.length)
  expect(blocks * 10_000_000).toBeGreaterThan(9_000_000_000)
  return Buffer.concat([header, ...Array<Buffer>(blocks).fill(block)])
}

test.skipIf(process.platform === 'win32')(
  'bombs of 10 MB that inflate to 10 GB are refused in bounded memory, while others are served',
  async () => {
    const { url, key, residentMb } = await serve()
    const headers = { authorization: `Bearer ${key}`, 'content-encoding': 'gzip' }
    const body = bomb()
    const before = residentMb()
    let most = before
    const watch = setInterval(() => {
      most = Math.max(most, residentMb())
    }, 50)
    const paths = Array(6).fill(['/v1/records', '/v1/request', '/v1/test-runs', '/v1/prune']).flat()
    const sent = paths.map(async path => {
      const response = await fetch(`${url}${path}`, { method: 'POST', headers, body })
      return [response.status, ((await response.json()) as { error: { code: string } }).error.code]
    })
    const post = { method: 'POST', body: '[]', headers: { authorization: headers.authorization } }
    for (let n = 0; n < 10; n++) expect((await fetch(`${url}/v1/records`, post)).status).toBe(200)
    const results = await Promise.all(sent)
    // Too large alone, or all together too large for the memory that bodies may take.
    for (const [status] of results) expect([413, 429]).toContain(status)
    expect(results).toContainEqual([413, 'too-large'])
    clearInterval(watch)
    // The texts of three of the largest bodies, the bodies as they came, and garbage.
    expect(most - before, `from ${before} to ${most} MB`).toBeLessThan(800)
    expect((await fetch(`${url}/v1/records`, post)).status).toBe(200)
    expect((await fetch(`${url}/healthz`)).status).toBe(200)
  },
)
