import { RuntapeError } from '@runtape/core'

/** A part of the store whose every method is refused. */
export const unsupported = <Part extends object>(part: string): Part =>
  new Proxy({} as Part, {
    get: (_, method) =>
      typeof method === 'symbol' || method === 'then' ? undefined : async () => refuse(`${part}.${method}`),
  })

/** @throws {RuntapeError} `store-unusable` */
export function refuse(method: string): never {
  throw new RuntapeError(
    'store-unusable',
    `${method} is not supported by postgresStore yet. Use sqliteStore for it.`,
  )
}
