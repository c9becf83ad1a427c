/** A named filter with what a page or a command needs to show its result. */
export interface SavedView {
  readonly name: string
  /** The text of a filter, as `where` takes it. */
  readonly filter: string
  /** How the result is shown: period, order, columns. */
  readonly settings?: ViewSettings
  /** The author of this version. */
  readonly by?: string
  /** When this version was saved, in milliseconds since the Unix epoch. */
  readonly at: number
  /** Names this version. Later changes have larger numbers, not necessarily the next one. */
  readonly version: number
}

/** Small JSON: at most 4,000 characters. */
export type ViewSettings = Readonly<Record<string, unknown>>

/** A view to save. What is not given is not kept from the version before. */
export interface ViewPut extends Pick<SavedView, 'name' | 'filter' | 'settings' | 'by'> {
  /** The version that this replaces. Default: none, the view is new. */
  readonly version?: number
}

/**
 * Saved views. A writer names the version that it replaces, so that of two writers the second learns of the first, and reads
 * before it overwrites. Erasing a person, a run, a trace or a session removes the views whose filter names it.
 */
export interface Views {
  /**
   * Saves a view. Saving the current version again changes nothing.
   *
   * @throws {RuntapeError} `version-conflict` if the current version is another one, or the view was removed;
   * `invalid-option` for an invalid filter, with the position of the problem
   */
  put(view: ViewPut): Promise<SavedView>
  get(name: string): Promise<SavedView | undefined>
  /** All views, by name; at most 1,000. */
  list(): Promise<readonly SavedView[]>
  /**
   * Resolves to whether there was one.
   *
   * @param version only if this is the current version. Default: whatever it is
   * @throws {RuntapeError} `version-conflict`
   */
  remove(name: string, version?: number): Promise<boolean>
}
