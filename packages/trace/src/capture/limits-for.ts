import type { CaptureLimits, RedactHook } from './limits.ts'

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
