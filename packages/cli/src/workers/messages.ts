import type { Payload, RuntapeErrorCode } from '@runtape/core'
import type { LiveCall, OutsideCall, ReplaySource } from '@runtape/replay'
import type { CodeIdentity } from '../code/code-identity.ts'
import type { Stray } from '../process/strays.ts'
import { pack, unpack } from './packed.ts'

/** One replay of one trace: what a worker takes. */
export interface Chunk {
  /** The same for each delivery: of the test run's replay, the source and the attempt. */
  readonly id: string
  readonly code: CodeIdentity
  readonly testRunId: string
  readonly source: ReplaySource
  readonly attempt: number
  readonly itemTimeoutMs?: number
  /** The output that a reviewer expects. */
  readonly expected?: Payload
}

/** A worker as the command knows it. */
export interface WorkerFacts {
  readonly id: string
  /** `host (process 123)`. */
  readonly name: string
  readonly concurrency: number
  readonly code?: CodeIdentity
  /** Why it does not take chunks of this replay; absent if it does. */
  readonly refusal?: string
}

/** From a worker to the command. */
export type FromWorker =
  | { readonly kind: 'worker'; readonly worker: WorkerFacts }
  | { readonly kind: 'leaving'; readonly workerId: string }
  /** A chunk that another worker had started is replayed again. */
  | { readonly kind: 'again'; readonly id: string }
  | { readonly kind: 'spent'; readonly id: string; readonly call: LiveCall }
  | { readonly kind: 'item'; readonly id: string; readonly item: Payload }
  | { readonly kind: 'failed'; readonly id: string; readonly error: ItemError }
  | { readonly kind: 'stray'; readonly stray: Stray }
  | { readonly kind: 'warning'; readonly message: string }
  /** All calls outside of items that a process has made until now. */
  | { readonly kind: 'outside'; readonly process: string; readonly calls: readonly OutsideCall[] }

/** Why an item failed outside of its code. */
interface ItemError {
  readonly message: string
  readonly code?: RuntapeErrorCode
}

/** Data of a job with a chunk, and with messages. */
export type ChunkJob = { readonly chunk: string }
export type MessagesJob = { readonly messages: string }

export const chunkJob = (chunk: Chunk): ChunkJob => ({ chunk: pack(chunk) })
export const chunkIn = ({ chunk }: ChunkJob): Chunk => unpack(chunk) as Chunk
export const messagesJob = (messages: readonly FromWorker[]): MessagesJob => ({ messages: pack(messages) })
export const messagesIn = ({ messages }: MessagesJob): readonly FromWorker[] =>
  unpack(messages) as readonly FromWorker[]

/** Kept on a chunk whose result was sent: delivered again, it is not replayed again. */
export const done = { done: true } as const
export const isDone = (output: unknown): boolean => (output as { done?: unknown } | null)?.done === true
