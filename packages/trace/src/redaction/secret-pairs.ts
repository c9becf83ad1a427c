import { type IsSecret, mayBeSecret } from './secret-names.ts'

type Fields = Readonly<Record<string, unknown>>

const nameNames = ['name', 'key', 'Name', 'Key', 'header', 'field', 'id']

/** Whether `field` is what holds the value in an object that says its name: of `value` in `{ name, value }`. */
export const isValueName = (field: string): boolean =>
  field === 'value' || field === 'Value' || field === 'values' || field === 'val' || field === 'pass'

/** True where the object says that what is under `field` is a secret: `{ name: 'password', value }`, `{ user, pass }`. */
export function isNamedSecret(owner: object, field: string, isSecret: IsSecret): boolean {
  const fields = owner as Fields
  // A count of tests that pass is none.
  if (field === 'pass') return isText(fields.pass) && userNames.some(name => isText(fields[name]))
  if (fields.type === 'password') return true
  return nameNames.some(name => isSecretText(fields[name], isSecret))
}

const userNames = ['user', 'username', 'userName', 'login', 'email', 'name']

const isText = (value: unknown): boolean => typeof value === 'string'

const isSecretText = (name: unknown, isSecret: IsSecret): boolean =>
  typeof name === 'string' && isSecret(name)

// Lists of names alone, as a schema and a query have them.
const nameLists =
  /^(?:required|enum|fields?|columns?|keys|names|properties|attributes|select|omit|pick|include|exclude|params|redact.*)$/i

// Longer ones are what a list is of.
const longestName = 64

/**
 * Whether the item at `index` stands after the name of a secret: in `['Authorization', value]`, in a flat list of names
 * and values such as `rawHeaders`, and after an option such as `--password`.
 *
 * @param listName the property under which the list stands
 */
export function isSecretItem(
  list: { readonly length: number; readonly name: string | number },
  index: number,
  before: unknown,
  item: unknown,
  isSecret: IsSecret,
): boolean {
  if (typeof before !== 'string' || before.length > longestName || !isSecret(before)) return false
  const follows = before.startsWith('-') || (index % 2 === 1 && list.length % 2 === 0)
  if (!follows || /\s/.test(before) || !mayBeSecret(item) || isSecretText(item, isSecret)) return false
  return !nameLists.test(String(list.name))
}
