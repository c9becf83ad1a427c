import { secretKeys } from './redaction.ts'

export interface CaptureLimits {
  /** Larger payloads are left out and marked `truncated`, in bytes of JSON. */
  readonly maxPayloadBytes: number
  /** Deeper values are left out and marked lossy. */
  readonly maxDepth: number
  /** Longer arrays are left out and marked lossy. */
  readonly maxLength: number
  readonly isSecret: (key: string) => boolean
}

export const defaultLimits: CaptureLimits = {
  maxPayloadBytes: 4 * 1024 * 1024,
  maxDepth: 500,
  maxLength: 1_000_000,
  isSecret: secretKeys(),
}
