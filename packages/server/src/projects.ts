import { type PriceList, RuntapeError } from '@runtape/core'
import type { Store } from '@runtape/core/store'
import type { KeyRing } from './access/keys.ts'
import type { FeedbackSettings } from './api/feedback.ts'

/** A store and the keys that open it. No request reaches another project's store. */
export interface Project {
  readonly store: Store
  readonly keys: KeyRing
  /** Default: browsers can send no feedback themselves. */
  readonly feedback?: FeedbackSettings
  /**
   * Adds the cost of tokens to what clients of other protocols send, such as OpenTelemetry: they send none. Usage that the list
   * cannot price is unpriced. Recorders have prices of their own. Default: no cost, and `runtape reprice` adds it.
   */
  readonly prices?: PriceList
}

/** @throws {RuntapeError} `invalid-option` */
export function checkedProjects(
  projects: Readonly<Record<string, Project>> | undefined,
): ReadonlyMap<string, Project> {
  const all = Object.entries(projects ?? {})
  if (all.length === 0)
    throw refused(
      'createServer needs at least one project: createServer({ projects: { support: { store, keys } } })',
    )
  for (const [name, project] of all) {
    if (typeof project?.store?.append !== 'function' || typeof project.keys?.list !== 'function')
      throw refused(`The project "${name}" must have a store and keys`)
    if (project.prices !== undefined && typeof project.prices?.nanoUsd !== 'function')
      throw refused(
        `prices of project "${name}" must be a price list, such as genaiPrices() of @runtape/recorder/genai-prices`,
      )
    for (const origin of project.feedback?.origins ?? [])
      if (!URL.canParse(origin) || new URL(origin).origin !== origin)
        throw refused(
          `feedback.origins of project "${name}" must be origins such as "https://app.example.com" (got "${origin}")`,
        )
  }
  return new Map(all)
}

const refused = (reason: string): RuntapeError => new RuntapeError('invalid-option', `${reason}.`)
