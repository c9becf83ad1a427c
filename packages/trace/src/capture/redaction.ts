const secretNames = [
  'password',
  'passwd',
  'passphrase',
  'secret',
  'clientsecret',
  'apikey',
  'xapikey',
  'authorization',
  'proxyauthorization',
  'accesstoken',
  'refreshtoken',
  'idtoken',
  'sessiontoken',
  'privatekey',
  'secretaccesskey',
  'cookie',
  'setcookie',
  'creditcard',
  'cardnumber',
  'cvv',
  'ssn',
]

/** What stands in the place of a redacted value. */
export const redactedText = '[redacted]'

const plain = (name: string) => name.toLowerCase().replace(/[-_\s]/g, '')

/** Says whether a property's name is one of a secret. Where it stands makes no difference, but is faster to be told. */
export type IsSecret = (name: string, depth?: number, index?: number) => boolean

/** Says which property names hold secrets; upper and lower case, `-` and `_` make no difference. */
export function secretKeys(more: readonly string[] = []): IsSecret {
  const secret = new Set([...secretNames, ...more.map(plain)])
  const known = new Map<string, boolean>()
  // What stood at a place before is likely to stand there again, and comparing is faster than looking up.
  const harmlessAt: string[] = new Array(256).fill('')
  return (name, depth = 0, index = 0) => {
    const place = (depth * 16 + index) & 255
    if (harmlessAt[place] === name) return false
    let is = known.get(name)
    if (is === undefined) {
      is = secret.has(plain(name))
      // Names made from data (ids as keys) would grow it without end.
      if (known.size < 10_000) known.set(name, is)
    }
    if (!is) harmlessAt[place] = name
    return is
  }
}
