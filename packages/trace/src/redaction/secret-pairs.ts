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

/** Whether `field` is what holds the value in an object that says its name: of `value` in `{ name, value }`. */
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

/** True where the object says that what is under `field` is a secret: `{ name: 'password', value }`, `{ user, pass }`. */
export function isNamedSecret(owner: object, field: string, isSecret: IsSecret): boolean {
  const fields = owner as Fields
  // A count of tests that pass is none.
  if (field === 'pass') return isText(fields.pass) && userNames.some(name => isText(fields[name]))
  if (field === 'auth') return isUserAndPassword(fields.auth, fields)
  if (fields.type === 'password') return true
  if (nameNames.some(name => isSecretText(fields[name], isSecret))) return true
  return isLabelled(fields, field, isSecret) || isPatch(fields, isSecret)
}

/** `['ada', secret]`, and `'ada:secret'` beside the host that it is for. */
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

/** `{ label: 'Password', value }`: unless it is the name of a choice, `{ label: 'Reset password', value: 'reset-password' }`. */
function isLabelled(fields: Fields, field: string, isSecret: IsSecret): boolean {
  const value = fields[field]
  if (typeof value !== 'string' || nameWord.test(value)) return false
  return [fields.label, fields.Label, fields.title].some(
    label => typeof label === 'string' && nameWord.test(label) && isSecretText(label, isSecret),
  )
}

const nameWord = /(?:passw(?:or)?d|passphrase|passcode|secret|key|token)$/i

/** A change as JSON Patch and others have it: `{ op: 'replace', path: '/password', value }`. */
function isPatch({ op, path }: Fields, isSecret: IsSecret): boolean {
  if (typeof op !== 'string') return false
  const name: unknown = Array.isArray(path) ? path.at(-1) : path
  return typeof name === 'string' && isSecret(name.slice(name.lastIndexOf('/') + 1))
}

const userNames = ['user', 'username', 'userName', 'login', 'email', 'name']

const isText = (value: unknown): boolean => typeof value === 'string'

const isSecretText = (name: unknown, isSecret: IsSecret): boolean =>
  typeof name === 'string' && isSecret(name)

// As programs such as curl take them. A user and a group are none.
function isCredentials(item: unknown): boolean {
  const [, user, password] = (typeof item === 'string' && /^([^:\s]+):(.+)/s.exec(item)) || []
  return password !== undefined && password !== user && !/^\d+$/.test(password)
}

// Lists of names alone, as a schema and a query have them.
const nameLists =
  /^(?:required|enum|fields?|columns?|keys|names|properties|attributes|select|omit|pick|include|exclude|params|redact.*|auth|methods|schemes|strategies|scopes|roles|tags|types)$/i

// Longer ones are what a list is of.
const longestName = 64

interface ListedItem {
  readonly item: unknown
  readonly length: number
  readonly name: string | number
}

/**
 * Whether the item at `index` stands after the name of a secret: in `['Authorization', value]`, in a flat list of names
 * and values such as `rawHeaders`, and after an option such as `--password`.
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
