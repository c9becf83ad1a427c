import { RuntapeError } from '@runtape/core'

/** @throws {RuntapeError} `store-unusable` */
export function refuse(method: string): never {
  throw new RuntapeError(
    'store-unusable',
    `${method} is not supported by postgresStore yet. Use sqliteStore for it.`,
  )
}
