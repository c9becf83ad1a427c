import { type IsSecret, mayBeSecret } from './secret-names.ts'

type Fields = Readonly<Record<string, unknown>>

const nameNames = [
  'name',
  'key',
  'Name',
  'Key',
  'header',
  'field',
  'id',
  'k',
  'property',
  'parameter',
  'variable',
]

/** Whether `field` holds the value in an object with a name field: `value` in `{ name, value }`. */
export const isValueName = (field: string): boolean =>
  field === 'value' ||
  field === 'Value' ||
  field === 'values' ||
  field === 'val' ||
  field === 'pass' ||
  field === 'auth' ||
  field === 'v' ||
  field === 'newValue' ||
  field === 'oldValue'

/** True if the object shows that the value under `field` is a secret: `{ name: 'password', value }`, `{ user, pass }`. */
export function isNamedSecret(owner: object, field: string, isSecret: IsSecret): boolean {
  const fields = owner as Fields
  // A count of passed tests is not.
  if (field === 'pass') return isText(fields.pass) && userNames.some(name => isText(fields[name]))
  if (field === 'auth') return isUserAndPassword(fields.auth, fields)
  if (fields.type === 'password') return true
  if (nameNames.some(name => isSecretText(fields[name], isSecret))) return true
  return isLabelled(fields, field, isSecret) || isPatch(fields, isSecret)
}

/** `['ada', secret]`, and `'ada:secret'` next to its host. */
function isUserAndPassword(auth: unknown, owner: Fields): boolean {
  if (Array.isArray(auth)) {
    const [user, password] = auth as unknown[]
    if (auth.length !== 2 || !isText(user) || typeof password !== 'string') return false
    // Two ways to sign in, or two scopes, are words.
    return /\d|[^\w-]/.test(password) && !/^oauth/i.test(password)
  }
  return typeof auth === 'string' && /^[^:\s]+:./.test(auth) && hostNames.some(name => isText(owner[name]))
}

const hostNames = ['host', 'hostname', 'url', 'uri', 'href', 'baseURL']

/**
 * `{ label: 'Password', value }`, unless the value is the name of a choice, `{ label: 'Reset password', value: 'reset-password'
 * }`.
 */
function isLabelled(fields: Fields, field: string, isSecret: IsSecret): boolean {
  const value = fields[field]
  if (typeof value !== 'string' || nameWord.test(value)) return false
  return [fields.label, fields.Label, fields.title].some(
    label => typeof label === 'string' && nameWord.test(label) && isSecretText(label, isSecret),
  )
}

const nameWord = /(?:passw(?:or)?d|passphrase|passcode|secret|key|token)$/i

/** A change in JSON Patch and similar formats: `{ op: 'replace', path: '/password', value }`. */
function isPatch({ op, path }: Fields, isSecret: IsSecret): boolean {
  if (typeof op !== 'string') return false
  const name: unknown = Array.isArray(path) ? path.at(-1) : path
  return typeof name === 'string' && isSecret(name.slice(name.lastIndexOf('/') + 1))
}

const userNames = ['user', 'username', 'userName', 'login', 'email', 'name']

const isText = (value: unknown): boolean => typeof value === 'string'

const isSecretText = (name: unknown, isSecret: IsSecret): boolean =>
  typeof name === 'string' && isSecret(name)

// As programs such as curl take them. A user and a group are not a secret.
function isCredentials(item: unknown): boolean {
  const [, user, password] = (typeof item === 'string' && /^([^:\s]+):(.+)/s.exec(item)) || []
  return password !== undefined && password !== user && !/^\d+$/.test(password)
}

// Lists of only names, as in schemas and queries.
const nameLists =
  /^(?:required|enum|fields?|columns?|keys|names|properties|attributes|select|omit|pick|include|exclude|params|redact.*|auth|methods|schemes|strategies|scopes|roles|tags|types)$/i

// Longer ones are lists of data.
const longestName = 64

interface ListedItem {
  readonly item: unknown
  readonly length: number
  readonly name: string | number
}

/**
 * Whether the item at `index` follows the name of a secret: in `['Authorization', value]`, in a flat list of names and values
 * such as `rawHeaders`, and after an option such as `--password`.
 *
 * @param listed the item, the length of its list, and the property under which that stands
 */
export function isSecretItem(
  { item, length, name }: ListedItem,
  index: number,
  before: unknown,
  isSecret: IsSecret,
): boolean {
  if (typeof before !== 'string' || before.length > longestName) return false
  if (before === '-u' || before === '--user') return isCredentials(item)
  if (!isSecret(before)) return false
  const follows = before.startsWith('-') || (index % 2 === 1 && length % 2 === 0)
  if (!follows || /\s/.test(before) || !mayBeSecret(item) || isSecretText(item, isSecret)) return false
  return !nameLists.test(String(name))
}
