import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { consoleLogger } from '@runtape/core'
import { isCovered } from './tape-folders.ts'
import { projectRoot } from './worker-config.ts'

let isSaid = false

/** Warns once per process if `vitest --changed` would be green although a tape of this folder was edited. */
export function warnOfTapes(folder: string): void {
  if (isSaid || isCovered(resolve(folder)) || namesTriggers(projectRoot())) return
  isSaid = true
  consoleLogger.warn(
    `vitest --changed does not notice changes to the tapes in ${folder}. Add the plugin of @runtape/vitest/plugin to vitest's config, ` +
      `plugins: [runtape({ tapes: '${folder}' })], or that folder to forceRerunTriggers.`,
  )
}

const configName = /^(?:vitest|vite)\.(?:config|workspace|projects)\.[cm]?[jt]s$/

// A test sees only that triggers exist, not what they are.
function namesTriggers(root: string): boolean {
  try {
    const names = readdirSync(root).filter(name => configName.test(name))
    return names.some(name => readFileSync(join(root, name), 'utf8').includes('forceRerunTriggers'))
  } catch {
    return false
  }
}
