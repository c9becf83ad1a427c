import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { S3BlobsOptions } from '../src/s3.ts'

/** A server in another process that speaks the API of S3. */
export interface S3Server {
  readonly options: S3BlobsOptions & {
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }
  }
  /** Kills it. */
  kill(): Promise<void>
  /** Starts it again on the same data and port. */
  restart(): Promise<void>
  stop(): Promise<void>
}

export async function startS3(): Promise<S3Server> {
  const folder = mkdtempSync(join(tmpdir(), 'runtape-s3-'))
  let { child, endpoint } = await start(folder, '0')
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }
  return {
    // The credentials that s3rver knows.
    options: { bucket: 'tapes', endpoint, credentials: { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' } },
    kill,
    restart: async () => {
      ;({ child, endpoint } = await start(folder, new URL(endpoint).port))
    },
    stop: async () => {
      await kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function start(folder: string, port: string) {
  const program = fileURLToPath(new URL('s3-process.mjs', import.meta.url))
  const child = spawn(process.execPath, [program, folder, port], { stdio: ['ignore', 'pipe', 'inherit'] })
  for await (const line of createInterface({ input: child.stdout })) return { child, endpoint: line }
  throw new Error('The S3 server did not start.')
}
