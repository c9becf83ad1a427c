/** Something that the doctor noticed. */
export interface Finding {
  /** `problem`: this keeps things from being recorded or used. `note`: perhaps it is meant so. */
  readonly level: 'ok' | 'note' | 'problem'
  readonly what: string
  /** The next step. */
  readonly next?: string
}

export const fine = (what: string): Finding => ({ level: 'ok', what })
export const note = (what: string, next: string): Finding => ({ level: 'note', what, next })
export const problem = (what: string, next: string): Finding => ({ level: 'problem', what, next })
