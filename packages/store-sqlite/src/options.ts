import { fileURLToPath } from 'node:url'
import { RuntapeError } from '@runtape/core'
import type { SqliteHandle } from './database/handle.ts'

const longestMs = 2 ** 31 - 1

/** @throws {RuntapeError} `invalid-option` */
export function checkedBusyTimeout(busyTimeoutMs: unknown = 5000): number {
  const isWhole = Number.isInteger(busyTimeoutMs)
  if (isWhole && (busyTimeoutMs as number) > 0 && (busyTimeoutMs as number) <= longestMs)
    return busyTimeoutMs as number
  throw new RuntapeError(
    'invalid-option',
    `busyTimeoutMs must be a whole number of milliseconds, 1 or more (got ${shown(busyTimeoutMs)}). Default: 5000.`,
  )
}

/** @throws {RuntapeError} `invalid-option` */
export function checkedWorker(worker: unknown): boolean | undefined {
  if (worker === undefined || typeof worker === 'boolean') return worker
  throw new RuntapeError(
    'invalid-option',
    `worker must be true or false (got ${shown(worker)}). Default: a worker is started with the second batch or read.`,
  )
}

/** @throws {RuntapeError} `invalid-option` if it is not a boolean. Default: false. */
export function checkedSwitch(name: 'lazy' | 'search', value: unknown = false): boolean {
  if (typeof value === 'boolean') return value
  throw new RuntapeError(
    'invalid-option',
    `${name} must be true or false (got ${shown(value)}). Default: false.`,
  )
}

/**
 * Returns the target unchanged: a path, `:memory:` or a handle.
 *
 * @throws {RuntapeError} `invalid-option` for anything else, including an empty path, for which SQLite would open a
 *   temporary database
 */
export function checkedTarget(target: unknown, maker: string): string | SqliteHandle {
  if (isHandle(target)) return target
  if (target instanceof URL && target.protocol === 'file:')
    throw refused(
      maker,
      `a URL`,
      `Pass its path: fileURLToPath(url), here ${JSON.stringify(fileURLToPath(target))}`,
    )
  if (typeof target !== 'string') throw refused(maker, shown(target), 'Pass the path of a file')
  if (target.trim() === '')
    throw refused(maker, JSON.stringify(target), 'Pass the path of a file, or ":memory:"')
  if (/^file:/i.test(target))
    throw refused(maker, JSON.stringify(target), 'SQLite would take it for a name, or for a URI. Pass a path')
  // The URL of another database would become a directory name that contains its password.
  if (/^[a-z][a-z\d+.-]+:\/\//i.test(target))
    throw refused(maker, `an address of ${target.slice(0, target.indexOf(':'))}:`, 'Pass the path of a file')
  if (target.includes('\0')) throw refused(maker, 'a path with a NUL character', 'Pass the path of a file')
  return target
}

function isHandle(target: unknown): target is SqliteHandle {
  const { exec, prepare } = (target ?? {}) as Partial<Record<keyof SqliteHandle, unknown>>
  return typeof exec === 'function' && typeof prepare === 'function'
}

const refused = (maker: string, got: string, next: string): RuntapeError =>
  new RuntapeError(
    'invalid-option',
    `${maker} takes the path of a file, ":memory:" or an open database (got ${got}). ${next}.`,
  )

const shown = (value: unknown): string =>
  typeof value === 'string'
    ? JSON.stringify(value)
    : typeof value === 'object' && value
      ? 'an object'
      : String(value)
