import type { TapeRecord } from '@runtape/core'
import type { AppendReceipt } from '@runtape/core/store'
import type { Scope } from '@runtape/store-http/wire'
import type { ServerLimits } from '../limits.ts'
import type { Project } from '../projects.ts'

/**
 * What became of an event or span of a client. `without-run`: it belongs to a run, and nothing says to which. `unusable`: its
 * value cannot be recorded. `ignored`: it is about something else.
 */
type ClientResult = 'counted' | 'without-run' | 'unusable' | 'ignored'

/** A request of a client that speaks a protocol of its own, for the project of its key. */
export interface ClientRequest {
  readonly request: Request
  /** The values of the path's `:parameters`, decoded. */
  readonly segments: Readonly<Record<string, string>>
  readonly project: Project
  /** The name of the project: ids that are derived from those of a client differ between projects. */
  readonly projectName: string
  readonly limits: ServerLimits
  /** Appends to the project's store, and counts the receipt. */
  append(records: readonly TapeRecord[]): Promise<AppendReceipt>
  /** Counts what became of parts of requests; see `/metrics`. */
  note(result: ClientResult, count: number): void
}

/** A path at which the server speaks the protocol of a client that exists. */
export interface ClientRoute {
  readonly method: 'GET' | 'POST'
  /** Names it in the OpenAPI document, such as `launchDarklyEvents`. */
  readonly id: string
  readonly summary: string
  /** From the root of the server; `:name` is one segment. */
  readonly path: string
  /** The scope that a key needs. */
  readonly scope: Scope
  answer(asked: ClientRequest): Response | Promise<Response>
  /** In the form that the client reads. Default: `{ error: { code, message } }`. */
  errorResponse?(thrown: unknown, request: Request): Response | Promise<Response>
}
