import { HttpError } from '../../http-error.ts'
import { runIdOf } from '../otlp/run-id.ts'

/** A trace, and a span of it, in the store. */
export interface SpanId {
  readonly traceId: string
  readonly spanId: string
}

/** The trace of the store for one of a client: the same in every process. */
export const traceIdOf = async (projectName: string, clientsId: string): Promise<string> =>
  hexOf(await runIdOf('bitfab', projectName, clientsId))

/** The span of the store for one of a client. */
export const spanIdOf = async (
  projectName: string,
  clientsTrace: string,
  clientsId: string,
): Promise<string> => hexOf(await runIdOf('bitfab', projectName, clientsTrace, clientsId)).slice(0, 16)

const hexOf = (uuid: string): string => uuid.replaceAll('-', '')

/** How clients name a span of the store. It has no character that a path would need to escape. */
export const externalIdOf = ({ traceId, spanId }: SpanId): string => `${traceId}.${spanId}`

/** The span of the store that a client names; `undefined` if it names none of ours. */
export function readExternalId(id: unknown): SpanId | undefined {
  const [, traceId, spanId] = (typeof id === 'string' && /^([0-9a-f]{32})\.([0-9a-f]{16})$/.exec(id)) || []
  return traceId !== undefined && spanId !== undefined ? { traceId, spanId } : undefined
}

/** @throws {HttpError} 400 if it is none of ours */
export function requireExternalId(id: unknown): SpanId {
  const read = readExternalId(id)
  if (read) return read
  throw new HttpError(
    400,
    'invalid-option',
    `${JSON.stringify(id)} is no id of a span here. Use the externalSpanId that replay/start returned.`,
  )
}
