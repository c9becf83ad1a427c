import { RuntapeError, type RuntapeErrorCode } from '@runtape/core'

/** The body of every response that is not 2xx. */
export interface WireError {
  readonly error: {
    /** A code of `RuntapeError`, or one of HTTP: `not-found`, `unauthorized`, `forbidden`, `too-many-requests`, `too-large`. */
    readonly code: string
    readonly message: string
  }
}

const statuses: Readonly<Partial<Record<RuntapeErrorCode, number>>> = {
  'record-too-large': 413,
  'sum-too-large': 422,
  'period-pruned': 410,
  'revision-unknown': 410,
  'version-conflict': 409,
  'damaged-record': 500,
  'store-unusable': 503,
  'store-closed': 503,
}

/** The status of an error of the store. What is not listed is the fault of the request. */
export const statusOf = (code: RuntapeErrorCode): number => statuses[code] ?? 400

/** What the server says of a request that the store did not see. */
const ofHttp: Readonly<Record<string, RuntapeErrorCode>> = {
  'too-large': 'record-too-large',
  'not-acceptable': 'invalid-option',
}

/** The error of a response, as the store itself would throw it. */
export function errorOfResponse(status: number, body: string, where: string): RuntapeError {
  const { code, message } = wireErrorOf(body) ?? {}
  if (message === undefined || code === undefined)
    return new RuntapeError(
      'store-unusable',
      `The server at ${where} answered ${status} without a Runtape error. Check the address, and any proxy in front of it.`,
    )
  if (isStoreCode(code)) return new RuntapeError(code, message)
  return new RuntapeError(ofHttp[code] ?? 'store-unusable', message)
}

function wireErrorOf(body: string): WireError['error'] | undefined {
  try {
    const { error } = JSON.parse(body) as Partial<WireError>
    return typeof error?.code === 'string' && typeof error.message === 'string' ? error : undefined
  } catch {
    return undefined
  }
}

const storeCodes: readonly RuntapeErrorCode[] = [
  'invalid-option',
  'invalid-record',
  'damaged-record',
  'record-too-large',
  'sum-too-large',
  'period-pruned',
  'revision-unknown',
  'version-conflict',
  'store-unusable',
  'store-closed',
]

const isStoreCode = (code: string): code is RuntapeErrorCode =>
  (storeCodes as readonly string[]).includes(code)
