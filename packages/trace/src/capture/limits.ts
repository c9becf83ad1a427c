import { type SecretRules, secretKeys } from '../redaction/secret-names.ts'

/**
 * Says what is kept in the place of a value: the value itself, or anything else in its stead. It is asked for every
 * value inside of what is captured, from the outside in; `path` is like `$[0].user.email`.
 */
export type RedactHook = (path: string, value: unknown) => unknown

export interface CaptureLimits extends SecretRules {
  /** Larger payloads are left out and marked `truncated`, in bytes of JSON. */
  readonly maxPayloadBytes: number
  /** Deeper values are left out and marked lossy. */
  readonly maxDepth: number
  /** Of longer arrays, and of objects with more properties, the first so many are kept, marked lossy. */
  readonly maxLength: number
  readonly redact?: RedactHook
  /** False where no input is kept at all. */
  readonly keepsInput?: boolean
  readonly keepsOutput?: boolean
}

export const defaultLimits: CaptureLimits = {
  maxPayloadBytes: 4 * 1024 * 1024,
  maxDepth: 500,
  maxLength: 1_000_000,
  isSecret: secretKeys(),
  redactsValues: true,
}

interface Wishes {
  readonly redact?: RedactHook
  readonly capture?: { readonly input?: boolean; readonly output?: boolean }
}

/** The limits with what is wished on top: its hook goes first, what it says about input and output stands. */
export function limitsFor({ redact, capture = {} }: Wishes, limits: CaptureLimits): CaptureLimits {
  const { input, output } = capture
  return {
    ...limits,
    ...(redact && { redact: limits.redact ? inTurn(redact, limits.redact) : redact }),
    ...(input !== undefined && { keepsInput: input }),
    ...(output !== undefined && { keepsOutput: output }),
  }
}

const inTurn =
  (first: RedactHook, second: RedactHook): RedactHook =>
  (path, value) =>
    second(path, first(path, value))
