import { randomUUID } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { threadId } from 'node:worker_threads'
import { OutsideLog, type OutsideOrders, outsideVariable } from '@runtape/core/internal'
import type { OutsideCall } from './outside-call.ts'
import { patchSpawning } from './patch-spawning.ts'

/** Instructions for worker threads and child processes, and their reports. */
export interface ToldChildren {
  /** A replay starts; several may run concurrently. */
  begin(): void
  calls(): readonly OutsideCall[]
  /** A replay has ended. */
  end(): void
}

/**
 * Informs all worker threads and child processes started from now on that a replay owns this process, through an environment
 * variable, which is also added when code passes its own `env`. Call it before the application is loaded.
 *
 * @param mode how they treat marked calls
 * @param isAlways true if it applies all the time; false if only between `begin` and `end`
 */
export function tellChildren(mode: 'refuse' | 'allow', isAlways: boolean): ToldChildren {
  const folder = join(tmpdir(), `runtape-outside-${process.pid}-${randomUUID()}`)
  const file = join(folder, 'calls.jsonl')
  const orders: OutsideOrders = { pid: process.pid, threadId, mode, file, whileFile: !isAlways }
  const value = JSON.stringify(orders)
  process.env[outsideVariable] = value
  patchSpawning(outsideVariable, value)
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  let running = 0
  return {
    begin: () => {
      if (running++ > 0) return
      // Readable and writable only by this user.
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      writeFileSync(file, '')
    },
    calls: () => callsIn(file),
    end: () => {
      if (--running === 0) rmSync(file, { force: true })
    },
  }
}

function callsIn(file: string): readonly OutsideCall[] {
  const log = new OutsideLog()
  for (const line of linesOf(file)) {
    const { key, name, refused } = JSON.parse(line) as OutsideCall
    log.add({ key, name, isElsewhere: true }, refused)
  }
  return log.calls()
}

function linesOf(file: string): string[] {
  try {
    // An unfinished line has no line end yet.
    return readFileSync(file, 'utf8').split('\n').slice(0, -1)
  } catch {
    return []
  }
}
