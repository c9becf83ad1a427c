/** A parsed filter: every term must hold. */
export type Filter = readonly Term[]

export type Term = TextTerm | FieldTerm

/** A text to search for, in inputs, outputs, errors and comments. */
export interface TextTerm {
  readonly text: string
  readonly isNegated: boolean
}

/** A condition on one field, such as `model:gpt-*` or `cost>0.02`. */
export interface FieldTerm {
  /** Field name as written: `model`, `context.plan`, `score.polite`. */
  readonly field: string
  readonly isNegated: boolean
  readonly test: FieldTest
}

/** One of several values, a comparison, or an inclusive range. */
export type FieldTest =
  | { readonly operator: ':'; readonly items: readonly Pattern[] }
  | { readonly operator: Comparison; readonly bound: string }
  | { readonly operator: '..'; readonly from: string; readonly to: string }

export type Comparison = '>' | '<' | '>=' | '<='

/** The texts between the wildcards: `['gpt-', '']` is `gpt-*`, `['gpt-5']` is exactly `gpt-5`. */
export type Pattern = readonly string[]

export const isText = (term: Term): term is TextTerm => 'text' in term
