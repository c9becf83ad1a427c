/** The placeholder of a redacted value. */
export const redactedText = '[redacted]'

/** Whether a property's name is that of a secret. The path only makes the look-up faster. */
export type IsSecret = (name: string, depth?: number, index?: number) => boolean

/** What counts as a secret. */
export interface SecretRules {
  readonly isSecret: IsSecret
  /** Whether texts that look like secrets also count, under any name. */
  readonly redactsValues: boolean
}

// The ends of names without case, dashes, dots and underscores; a unit or a number may follow.
const secretEnd = new RegExp(
  `(?:${[
    'passw(?:or)?ds?',
    'passphrases?',
    'passcodes?',
    'secrets?',
    '(?:api|private|secret|access|subscription|signing|encryption|master|auth|servicerole)keys?',
    // Singular only: `accountKeys` is often public, such as the accounts of a blockchain transaction.
    'accountkey',
    '(?:access|refresh|bearer|auth|api|session)tokens',
    'authorization',
    'cookies?',
    'creditcard(?:number)?',
    'cardnumber',
    'socialsecuritynumber',
    'connection(?:string|uri)',
    'conn(?:ection)?str',
    'bearer',
    '(?:otp|mfa|onetime)code',
  ].join('|')})(?:value|string|binary|pem|base64|hash|confirmation|\\d{1,3})?$`,
)

// Short ones occur in many other words, so they must be whole words.
const secretWord = /(?:^|[^a-z])(?:jwt|pwd|cvv|cvc|ssn|t?otp)\d?$/
const camelWord = /(?:^|[a-z\d])(?:Jwt|JWT|Pwd|PWD|Cvv|CVV|Cvc|CVC|Ssn|SSN|T?otp|Otp|T?OTP)\d?$/

// `token` alone, and these names that end in it, are more often model tokens or cursors than secrets.
const harmlessToken = new RegExp(
  `(?:^|next|page|paging|pagination|continue|continuation|cancel|cancellation|abort|resume|resumption|sync|change|cursor|start|${[
    'starting|end|stop|first|last|max|min|per|total|input|output|prompt|completion|reasoning|cached|text|word|image|audio',
    'special|eos|bos|pad|unk|sep|cls|mask|current|previous|prev|idempotency|request|design|css|syntax',
  ].join('|')})token$`,
)

const plain = (name: string) => name.toLowerCase().replace(/[-_.\s[\]$@]/g, '')

// Longer names are data.
const longestName = 128
const mostKnown = 10_000

function isSecretName(name: string): boolean {
  if (name.length > longestName) return false
  const squeezed = plain(name)
  if (squeezed.endsWith('token')) return !harmlessToken.test(squeezed)
  return secretEnd.test(squeezed) || secretWord.test(name.toLowerCase()) || camelWord.test(name)
}

/**
 * Recognises property names of secrets: those that end in a word for one (`db_password`, `X-Api-Key`, `bearerToken`), in any case
 * style, and those in `more`, which must match as a whole; case, `-` and `_` are ignored.
 */
export function secretKeys(more: readonly string[] = []): IsSecret {
  const own = new Set(more.map(plain))
  const known = new Map<string, boolean>()
  // The same name often recurs at a path, and comparing is faster than looking up.
  const harmlessAt: string[] = new Array(256).fill('')
  return (name, depth = 0, index = 0) => {
    const place = (depth * 16 + index) & 255
    if (harmlessAt[place] === name) return false
    let is = known.get(name)
    if (is === undefined) {
      is = isSecretName(name) || (own.size > 0 && own.has(plain(name)))
      // Names made from data (ids as keys) would grow it without limit.
      if (known.size === mostKnown) known.clear()
      known.set(name, is)
    }
    if (!is) harmlessAt[place] = name
    return is
  }
}

const schemaTypes = /^(?:string|number|integer|boolean|object|array|null)$/i
const schemaWords = ['$ref', 'anyOf', 'oneOf', 'allOf', '~standard']
const schemaNotes =
  /^(?:title|description|default|examples?|format|pattern|nullable|enum|const|m(?:in|ax)Length|deprecated|readOnly|writeOnly)$/

/**
 * Whether the value under a secret's name may be the secret. Values without information (`null`, `true`, an empty string) are
 * not, and neither is a function (`onToken`) or the schema of a field, as in the parameters of a tool.
 */
export function mayBeSecret(value: unknown): boolean {
  if (value === undefined || value === null || typeof value === 'boolean' || value === '') return false
  if (typeof value === 'function' || typeof value === 'symbol') return false
  return typeof value !== 'object' || !isSchema(value)
}

function isSchema(value: object): boolean {
  if (Array.isArray(value)) return value.length === 0
  try {
    const { type } = value as { type?: unknown }
    const first = Array.isArray(type) ? type[0] : type
    if (typeof first === 'string' && schemaTypes.test(first)) return true
    if (schemaWords.some(word => word in value)) return true
    return Object.getPrototypeOf(value) === Object.prototype && Object.keys(value).every(isSchemaNote)
  } catch {
    return false
  }
}

const isSchemaNote = (name: string) => schemaNotes.test(name)
