import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach } from 'vitest'

/** A path without a file at the start of each test. Its directory is removed after the test. */
export function freshFile(name: string): { readonly path: string } {
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'runtape-recorder-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))
  return {
    get path() {
      return join(folder, name)
    },
  }
}
