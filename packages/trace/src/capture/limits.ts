import { type SecretRules, secretKeys } from '../redaction/secret-names.ts'

/**
 * Returns what to keep instead of a value: the value itself, or a replacement. Called for every value inside a captured one, from
 * the outside in; `path` is like `$[0].user.email`.
 */
export type RedactHook = (path: string, value: unknown) => unknown

export interface CaptureLimits extends SecretRules {
  /** Larger payloads are omitted and marked `truncated`, in bytes of JSON. */
  readonly maxPayloadBytes: number
  /** Deeper values are omitted and marked lossy. */
  readonly maxDepth: number
  /** Of longer arrays, and of objects with more properties, only the first ones are kept, marked lossy. */
  readonly maxLength: number
  readonly redact?: RedactHook
  /** False if no input is kept. */
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

/** The limits with additional options: the function's hook runs first, and its input and output settings override. */
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
