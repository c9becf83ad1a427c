import { RuntapeError } from '../errors.ts'
import { type Condition, readFilter } from '../filter/index.ts'
import type { EraseTarget } from '../store/upkeep/removal.ts'
import type { SavedView, ViewPut } from '../store/views.ts'
import { readWhere } from './read-where.ts'

/** A store keeps at most this many views. */
export const mostViews = 1000

const mostFilter = 4000
const mostSettings = 4000
const fields = ['name', 'filter', 'settings', 'by', 'version']
// Any language, but no characters that a terminal or a page would hide.
const nameForm = /^[^\s\p{C}](?:[^\p{C}\p{Zl}\p{Zp}]{0,98}[^\s\p{C}])?$/u

/** The name of a view. */
export function readViewName(name: string): string {
  if (typeof name === 'string' && nameForm.test(name)) return name
  throw refusal('name', name, 'must be a text of 1 to 100 characters in one line')
}

/** A view to save, as every store reads it. */
export function readViewPut(view: ViewPut): ViewPut {
  if (typeof view !== 'object' || view === null || Array.isArray(view))
    throw refusal('a view', view, "must be an object: { name: 'thumbs down', filter: 'feedback:negative' }")
  for (const field of Object.keys(view))
    if (!fields.includes(field)) throw refusal('a view', field, `has only ${fields.join(', ')}`)
  const { name, filter, settings, by, version } = view
  if (typeof filter !== 'string' || filter.length > mostFilter)
    throw refusal('filter', filter, `must be the text of a filter, at most ${mostFilter} characters`)
  readWhere(filter, {})
  if (by !== undefined && (typeof by !== 'string' || by === '' || by.length > 200))
    throw refusal('by', by, 'must be a text of 1 to 200 characters')
  return {
    name: readViewName(name),
    filter,
    ...(settings !== undefined && { settings: readSettings(settings) }),
    ...(by !== undefined && { by }),
    ...(version !== undefined && { version: readViewVersion(version) }),
  }
}

export function readViewVersion(version: number): number {
  if (Number.isSafeInteger(version) && version >= 1) return version
  throw refusal('version', version, 'must be the version of a view, as get returned it')
}

/** A copy of the settings, as it is stored. */
function readSettings(settings: unknown): NonNullable<ViewPut['settings']> {
  const json = typeof settings === 'object' && settings !== null ? jsonOf(settings) : undefined
  if (json?.startsWith('{') && json.length <= mostSettings) return JSON.parse(json)
  throw refusal('settings', settings, `must be an object of at most ${mostSettings} characters of JSON`)
}

function jsonOf(value: object): string | undefined {
  try {
    return JSON.stringify(value)
  } catch {
    return undefined
  }
}

/** @param current absent if there is no view of this name */
export function viewConflict(name: string, current: SavedView | undefined): RuntapeError {
  if (current === undefined)
    return new RuntapeError('version-conflict', `The view "${name}" was removed. Save it as a new one.`)
  const by = current.by === undefined ? '' : ` by ${current.by}`
  const at = new Date(current.at).toISOString()
  return new RuntapeError(
    'version-conflict',
    `The view "${name}" was saved${by} at ${at}, as version ${current.version}. Read it, and save yours with that version or under another name.`,
  )
}

export const tooManyViews = (): RuntapeError =>
  new RuntapeError('invalid-option', `A store keeps at most ${mostViews} views. Remove some first.`)

/** Whether a filter names the erased target, exactly or as free text. */
export function namesErased(filter: string, target: EraseTarget): boolean {
  const [value, named] = erasedNames(target)
  return (
    conditionsOf(filter)?.some(
      condition =>
        textsOf(condition).includes(value) &&
        (condition.kind === 'search' || named.includes(condition.field)),
    ) ?? filter.includes(value)
  )
}

/** `undefined` for a filter that only another version of Runtape can read. */
function conditionsOf(filter: string): readonly Condition[] | undefined {
  try {
    return readFilter(filter)
  } catch {
    return undefined
  }
}

function erasedNames(target: EraseTarget): readonly [value: string, fields: readonly string[]] {
  if ('runId' in target) return [target.runId, ['run']]
  if ('traceId' in target) return [target.traceId, ['trace']]
  if ('sessionId' in target) return [target.sessionId, ['session']]
  return [target.context.key, ['user', 'context.key']]
}

function textsOf(condition: Condition): readonly string[] {
  if (condition.kind === 'search') return [condition.text]
  return condition.kind === 'matches' ? condition.patterns.flat() : []
}

function refusal(name: string, value: unknown, problem: string): RuntapeError {
  const shown = typeof value === 'string' ? JSON.stringify(value.slice(0, 100)) : String(typeof value)
  return new RuntapeError('invalid-option', `${name} ${problem} (got ${shown}).`)
}
