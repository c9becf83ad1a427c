/** A finding of the doctor. */
export interface Finding {
  /** `problem`: prevents recording or use. `note`: may be intended. */
  readonly level: 'ok' | 'note' | 'problem'
  readonly what: string
  /** The next step. */
  readonly next?: string
}

export const fine = (what: string): Finding => ({ level: 'ok', what })
export const note = (what: string, next: string): Finding => ({ level: 'note', what, next })
export const problem = (what: string, next: string): Finding => ({ level: 'problem', what, next })
