import { oncePerProcess } from '@runtape/core/internal'
import { type RecorderOptions, storeRecorder } from './create-recorder.ts'
import type { Recorder } from './recorder.ts'

/**
 * The recorder of this process with this name. The first call makes it; later ones return it, also from another copy of the
 * module that calls this: frameworks such as Next.js evaluate a module once for each bundle and after each edit, and each
 * `createRecorder` would open the store again. After `close()`, the next call makes another one.
 *
 * The options of the first call stand until then: restart a development server after a change of the store.
 *
 * @param name of this recorder, the same wherever it is used
 * @param options called only to make the recorder, so open the store in it
 * @throws {RuntapeError} `invalid-option` for an empty name, options that are no function, or as `createRecorder`. What `options`
 *   throws is thrown, and the next call tries again.
 *
 * @example
 * ```ts
 * import { getRecorder } from '@runtape/recorder'
 * import { sqliteStore } from '@runtape/store-sqlite'
 * import { configureTracing } from '@runtape/trace'
 *
 * export const recorder = getRecorder('app', () => ({ store: sqliteStore('runtape.db', { lazy: true }) }))
 * configureTracing({ sink: recorder })
 * ```
 */
export function getRecorder(name: string, options: () => RecorderOptions): Recorder {
  return oncePerProcess(kept, name, options)
}

const kept = {
  maker: 'getRecorder',
  make: (options: RecorderOptions) => storeRecorder(options, 'getRecorder'),
  isOver: ({ isClosed }: { readonly isClosed: boolean }) => isClosed,
}
