import { oncePerProcess } from '@runtape/core/internal'
import { type Client, type ClientOptions, createClient } from './client.ts'

/**
 * The client of this process with this name. The first call makes it; later ones return it, also from another copy of the module
 * that calls this: frameworks such as Next.js evaluate a module once for each bundle and after each edit, and each `fileFlags`
 * would watch its file again. The options of the first call stand until the process ends.
 *
 * @param name of this client, the same wherever it is used
 * @param options called only to make the client, so make the flag source in it
 * @throws {RuntapeError} `invalid-option` for an empty name, options that are no function, or as `createClient`.
 *
 * @example
 * ```ts
 * import { fileFlags, getClient } from '@runtape/client'
 *
 * const sink = { append: (record: unknown) => console.log(record), flush: async () => {}, close: async () => {} }
 * export const runtape = getClient('app', () => ({ flags: fileFlags('ai-configs.json'), sink }))
 * ```
 */
export function getClient(name: string, options: () => ClientOptions): Client {
  return oncePerProcess({ maker: 'getClient', make: createClient }, name, options)
}
