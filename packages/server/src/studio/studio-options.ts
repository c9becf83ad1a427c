import { RuntapeError } from '@runtape/core'

/** A file of the page. */
export interface StudioFile {
  /** Its `content-type`. */
  readonly type: string
  readonly body: string | Uint8Array<ArrayBuffer>
}

/** The page that `studioFiles()` of `@runtape/studio` returns, and how it is opened. */
export interface StudioOptions {
  /** By address. `/` is the document, which every view has. */
  readonly files: ReadonlyMap<string, StudioFile>
  /**
   * The key that a one-time token stands for; `undefined` if it was used or never made. `runtape studio` opens its page with such a
   * token in the fragment of the address. Default: no tokens; a key is pasted into the page once.
   */
  readonly redeem?: (token: string) => string | undefined
  /**
   * The hosts under which the server is asked, with or without a port: `studio.example.com`. Set it for a server on loopback: a page of
   * another site could otherwise reach it under a name of its own. Default: all hosts.
   */
  readonly hosts?: readonly string[]
}

/** @throws {RuntapeError} `invalid-option` */
export function checkedStudio(studio: StudioOptions | undefined): StudioOptions | undefined {
  if (studio === undefined || typeof studio.files?.get === 'function') return studio
  throw new RuntapeError(
    'invalid-option',
    'studio.files must be the files of the page: studio: { files: studioFiles() }, from @runtape/studio.',
  )
}
