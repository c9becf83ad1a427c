export { type Condition, type ConditionOptions, conditionsOf, type Range, readFilter } from './conditions.ts'
export { type Field, type FieldKind, fieldNamed, fields } from './fields.ts'
export {
  type Comparison,
  type FieldTerm,
  type FieldTest,
  type Filter,
  isText,
  type Pattern,
  type Term,
  type TextTerm,
} from './filter.ts'
export { formatFilter, formatTerm } from './format-filter.ts'
export { type Facts, isWithin, matches, matchesPattern } from './matches.ts'
export { parseFilter } from './parse-filter.ts'
