import { existsSync, realpathSync } from 'node:fs'
import { join, relative } from 'node:path'
import { Misuse } from '../arguments/usage-error.ts'
import { start } from '../process/start.ts'
import type { Target } from './export-target.ts'

/** The module before the change, in a process that replays it; otherwise the module itself. */
export function baselineTarget(target: Target): Target {
  const { baseline } = start
  if (!baseline) return target
  const path = join(baseline.checkout, relative(baseline.top, realpathSync(target.path)))
  if (existsSync(path)) return { ...target, path }
  throw new Misuse(`It has no file ${relative(baseline.top, realpathSync(target.path))}.`)
}
