import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** A temporary directory of the running test. */
export function scratchDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'runtape-law-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}
