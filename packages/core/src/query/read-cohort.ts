import { RuntapeError } from '../errors.ts'
import { payloadProblem } from '../records/record-problem.ts'
import type { Payload } from '../records/records.ts'
import type {
  CohortChange,
  CohortEntryQuery,
  CohortPageQuery,
  CohortPut,
} from '../store/reviewing/cohorts.ts'
import type { Revision } from '../store/revision.ts'
import { readAsOf } from './read-as-of.ts'

/** A cohort, at a version or at its newest version. */
export interface CohortRef {
  readonly name: string
  readonly version?: number
}

const nameForm = /^[\p{L}\p{N}][\p{L}\p{N}._-]{0,99}$/u
const refForm = /^([^@]*)(?:@(\d{1,9}))?$/s

/**
 * Reads `bad-refunds` or `bad-refunds@3`.
 *
 * @throws {RuntapeError} `invalid-option`
 */
export function readCohortRef(cohort: string): CohortRef {
  const [, name = '', version] = (typeof cohort === 'string' && refForm.exec(cohort)) || []
  if (!nameForm.test(name))
    throw refusal('cohort', cohort, `${nameRule} and maybe a version, such as bad-refunds@3`)
  if (version === undefined) return { name }
  if (Number(version) < 1) throw refusal('cohort', cohort, 'has a version below 1, the first')
  return { name, version: Number(version) }
}

const nameRule = 'must be a name of letters, digits, ".", "_" and "-", at most 100,'

/** The name of a cohort to change: without a version. */
export function readCohortName(name: string): string {
  if (typeof name === 'string' && nameForm.test(name)) return name
  throw refusal('the name of a cohort', name, `${nameRule} and no version: only the newest can be changed`)
}

/** A change as every store reads it: each trace once, removals first. */
export interface CheckedChange extends Pick<CohortChange, 'by' | 'comment' | 'ifVersion'> {
  readonly put: readonly CohortPut[]
  readonly remove: readonly string[]
}

const changeFields = ['put', 'remove', 'by', 'comment', 'ifVersion']

/** The arguments of `cohorts.create` and `cohorts.change`, as every store reads them. */
export function readCohortChange(change: CohortChange = {}): CheckedChange {
  const {
    put = [],
    remove = [],
    by,
    comment,
    ifVersion,
  } = known('a change of a cohort', change, changeFields)
  if (!Array.isArray(put)) throw refusal('put', put, "must be a list of entries: [{ traceId: '…' }]")
  if (!Array.isArray(remove)) throw refusal('remove', remove, 'must be a list of trace ids')
  for (const traceId of remove) someText('remove', traceId)
  const removed = new Set<unknown>(remove)
  const puts = new Map<string, CohortPut>()
  for (const one of put) {
    const checked = checkedPut(one)
    if (removed.has(checked.traceId))
      throw refusal('put', checked.traceId, 'and remove name the same trace. Do one of the two')
    puts.set(checked.traceId, { ...puts.get(checked.traceId), ...checked })
  }
  if (ifVersion !== undefined && (!Number.isSafeInteger(ifVersion) || (ifVersion as number) < 1))
    throw refusal('ifVersion', ifVersion, 'must be a version, 1 or more')
  return {
    put: [...puts.values()],
    remove: [...new Set(remove as string[])],
    ...textField('by', by),
    ...textField('comment', comment),
    ...(ifVersion !== undefined && { ifVersion: ifVersion as number }),
  }
}

const putFields = ['traceId', 'expected', 'note']
const mostNote = 10_000

function checkedPut(value: unknown): CohortPut {
  const { traceId, expected, note } = known('an entry of a cohort', value, putFields)
  someText('traceId', traceId)
  if (note !== undefined && note !== null && (typeof note !== 'string' || note.length > mostNote))
    throw refusal('note', note, `must be a text of at most ${mostNote} characters, or null to remove it`)
  if (expected !== undefined && expected !== null) {
    const problem = payloadProblem(expected) ?? jsonProblem(expected as Payload)
    if (problem !== undefined)
      throw new RuntapeError(
        'invalid-option',
        `expected of trace ${traceId}${problem}. Encode the value: encodeValue(value) of @runtape/trace.`,
      )
  }
  return {
    traceId: traceId as string,
    ...(expected !== undefined && { expected: expected as Payload | null }),
    ...(note !== undefined && { note: note as string | null }),
  }
}

function jsonProblem({ json, deferred }: Payload): string | undefined {
  if (deferred !== undefined) return ' is only the mark of an output: read the span with getSpan'
  try {
    JSON.parse(json)
    return undefined
  } catch {
    return '.json is not JSON'
  }
}

type Checked<Q> = Omit<Q, 'asOf'> & { readonly asOf?: Revision | number }

/** The arguments of a page of cohorts, versions or entries. */
export function readCohortPage<Q extends CohortPageQuery>(
  query: Q | undefined,
  fields: readonly string[] = [],
): Checked<Q> {
  const { asOf, ...checked } = known('a query', query === undefined ? {} : query, [
    'limit',
    'cursor',
    'asOf',
    ...fields,
  ])
  const { limit, cursor } = checked
  if (limit !== undefined && (!Number.isSafeInteger(limit) || (limit as number) < 1))
    throw refusal('limit', limit, 'must be a whole number of items, 1 or more. Omit it for 50')
  if (cursor !== undefined) someText('cursor', cursor)
  return { ...(checked as unknown as Omit<Q, 'asOf'>), ...readAsOf('a query', { asOf: asOf as Revision }) }
}

export function readCohortEntryQuery(query: CohortEntryQuery | undefined): Checked<CohortEntryQuery> {
  const checked = readCohortPage(query, ['traceId'])
  if (checked.traceId !== undefined) someText('traceId', checked.traceId)
  return checked
}

function known(of: string, value: unknown, names: readonly string[]): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw refusal(of, value, 'must be an object')
  for (const name of Object.keys(value))
    if (!names.includes(name))
      throw new RuntapeError(
        'invalid-option',
        `${of} has no ${JSON.stringify(name)}. Use ${names.join(', ')}.`,
      )
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined))
}

const mostText = 10_000

function textField(name: string, value: unknown): Record<string, string> {
  if (value === undefined) return {}
  someText(name, value)
  return { [name]: value as string }
}

function someText(name: string, value: unknown): void {
  if (typeof value !== 'string' || value === '' || value.length > mostText)
    throw refusal(name, value, `must be a text of 1 to ${mostText} characters`)
}

function refusal(name: string, value: unknown, problem: string): RuntapeError {
  const shown =
    typeof value === 'string' ? JSON.stringify(value.slice(0, 100)) : Object.prototype.toString.call(value)
  return new RuntapeError('invalid-option', `${name} ${problem} (got ${shown}).`)
}

export const cohortTaken = (name: string): RuntapeError =>
  new RuntapeError(
    'invalid-option',
    `There is already a cohort "${name}". Change it, or choose another name.`,
  )

export const noCohort = (name: string): RuntapeError =>
  new RuntapeError('invalid-option', `There is no cohort "${name}". Create it first, or check the name.`)

export const cohortConflict = (name: string, seen: number, version: number): RuntapeError =>
  new RuntapeError(
    'version-conflict',
    `Cohort "${name}" is at version ${version}, and the change was made for version ${seen}. Read it again, and repeat the change.`,
  )

/** @param missing traces that the store does not have */
export function tracesNotOnTape(missing: readonly string[]): RuntapeError {
  const more = missing.length > 3 ? ` and ${missing.length - 3} more` : ''
  return new RuntapeError(
    'invalid-option',
    `No trace with a root on the tape: ${missing.slice(0, 3).join(', ')}${more}. Nothing was changed. Ids must be complete.`,
  )
}
