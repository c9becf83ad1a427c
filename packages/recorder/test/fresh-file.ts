import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach } from 'vitest'

/** A path at which there is no file when a test begins; what the test leaves beside it goes with it. */
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
