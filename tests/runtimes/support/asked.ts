import type { SpanRecord } from '@runtape/core'
import type { Program } from '../../../packages/replay/test/random-program.ts'

/** Run this case of the vendor's contract against the host. */
export interface AskedCase {
  readonly vendor: 'openai' | 'anthropic'
  readonly title: string
  readonly baseURL: string
  readonly isInstrumented: boolean
}

/** What the application saw of the client, as text, and the number of recorded model calls. */
export interface SeenCase {
  readonly seen: string
  readonly calls: number
}

/** Run this program and record it. */
export interface AskedProgram {
  readonly program: Program
}

export interface RecordedProgram {
  readonly spans: readonly SpanRecord[]
}
