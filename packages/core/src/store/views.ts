import type { OfNow } from './revision.ts'

/** A named filter, with settings for showing its result. */
export interface SavedView {
  readonly name: string
  /** The text of a filter, as `where` takes it. */
  readonly filter: string
  /** How to show the result: period, order, columns. */
  readonly settings?: ViewSettings
  /** The author of this version. */
  readonly by?: string
  /** When this version was saved, in milliseconds since the Unix epoch. */
  readonly at: number
  /** Identifies this version. Later versions have larger numbers, with gaps. */
  readonly version: number
}

/** Small JSON: at most 4,000 characters. */
export type ViewSettings = Readonly<Record<string, unknown>>

/** A view to save. It replaces the previous version completely: fields that are not given are removed. */
export interface ViewPut extends Pick<SavedView, 'name' | 'filter' | 'settings' | 'by'> {
  /** The version that this one replaces. Default: none, for a new view. */
  readonly version?: number
}

/**
 * Saved views. A writer passes the version that it replaces, so the second of two concurrent writers is refused and must
 * read again. Erasing a person, a run, a trace or a session removes the views whose filter names it. Reads are of now and
 * refuse `asOf`: only the current version is kept.
 */
export interface Views {
  /**
   * Saves a view. Saving the current version again changes nothing.
   *
   * @throws {RuntapeError} `version-conflict` if the current version is another one, or the view was removed;
   * `invalid-option` for an invalid filter, with the position of the problem
   */
  put(view: ViewPut): Promise<SavedView>
  get(name: string, options?: OfNow): Promise<SavedView | undefined>
  /** All views, by name; at most 1,000. */
  list(options?: OfNow): Promise<readonly SavedView[]>
  /**
   * Removes a view. Resolves to whether there was one.
   *
   * @param version removes the view only if this is its current version. Default: its version does not matter
   * @throws {RuntapeError} `version-conflict`
   */
  remove(name: string, version?: number): Promise<boolean>
}
